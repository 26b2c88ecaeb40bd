"""Figures of many rounds: medians, and ratios of what was measured in the same round."""

import statistics


class Figures:
    """Values by measure, proxy and name, in the order of the rounds."""

    def __init__(self):
        self._values = {}

    def add(self, measure, proxy, figures):
        for name, value in figures.items():
            self._values.setdefault((measure, proxy, name), []).append(value)

    def values(self, measure, proxy, name):
        return self._values.get((measure, proxy, name), [])

    def spread(self, measure, proxy, name):
        """Median, least and greatest, or None where nothing was measured."""
        return _spread(self.values(measure, proxy, name))

    def ratio(self, measure, proxy, yardstick, name):
        """Of one proxy to another, round by round."""
        return _spread([a / b for a, b in self._pairs(measure, proxy, yardstick, name) if b])

    def added(self, measure, proxy, yardstick, name):
        """By how much more than the yardstick's, round by round."""
        return _spread([a - b for a, b in self._pairs(measure, proxy, yardstick, name)])

    def drop(self, proxy):
        """Forgets a proxy that failed: it has no figures to be proud of."""
        self._values = {key: value for key, value in self._values.items() if key[1] != proxy}

    def waiting(self):
        """The share of time that proxies waited for their core: the median's, in the most disturbed measure.

        Threads of one proxy wait for each other, too, which says nothing of the machine.
        """
        by_measure = {}
        for (measure, proxy, name), values in self._values.items():
            if name == 'waiting' and proxy != 'direct':
                by_measure.setdefault(measure, []).append(statistics.median(values))
        return max((statistics.median(shares) for shares in by_measure.values()), default=0)

    def document(self):
        document = {}
        for (measure, proxy, name), values in self._values.items():
            spread = _spread(values)
            document.setdefault(measure, {}).setdefault(proxy, {})[name] = {
                'median': spread[0], 'min': spread[1], 'max': spread[2], 'values': values}
        return document

    def _pairs(self, measure, proxy, yardstick, name):
        return zip(self.values(measure, proxy, name), self.values(measure, yardstick, name))


def _spread(values):
    values = list(values)
    return (statistics.median(values), min(values), max(values)) if values else None
