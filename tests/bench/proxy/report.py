"""The figures as a table of one screen, and what the project promises of its own proxy beside them."""

from subjects import RIVALS

_YARDSTICK = 'relay-epoll'
_OURS = 'meshtwin'
_WITH_JOURNAL = 'meshtwin-journal'


def table(figures, proxies, skipped):
    lines = ['CPU per request: 32 kept-alive connections, 100-byte responses (median, least to greatest)', '']
    lines.append(
        f'{"proxy":18}{"us/request":>24}{"ratio to the relay":>27}{"ratio to nginx":>26}{"requests/s":>13}')
    for proxy in proxies:
        lines.append(
            f'{proxy:18}'
            + _range(figures.spread('cpu', proxy, 'cpu_us'), 2, 24)
            + _range(figures.ratio('cpu', proxy, _YARDSTICK, 'cpu_us'), 3, 27)
            + _range(figures.ratio('cpu', proxy, 'nginx', 'cpu_us'), 3, 26)
            + _median(figures.spread('cpu', proxy, 'requests_per_s'), 0, 13))
    lines += ['', f'{"":18}{"added latency, us":>18}{"1 MiB down":>18}{"1 MiB up":>18}'
              f'{"connection set-ups":>22}{"idle":>12}']
    lines.append(f'{"proxy":18}{"p50":>9}{"p99":>9}{"MiB/s":>9}{"us/MiB":>9}{"MiB/s":>9}{"us/MiB":>9}'
                 f'{"a second":>12}{"us each":>10}{"bytes":>12}')
    for proxy in proxies:
        lines.append(
            f'{proxy:18}'
            + _median(figures.added('latency', proxy, 'direct', 'p50_us'), 0, 9)
            + _median(figures.added('latency', proxy, 'direct', 'p99_us'), 0, 9)
            + _median(figures.spread('download', proxy, 'mib_per_s'), 0, 9)
            + _median(figures.spread('download', proxy, 'cpu_us_per_mib'), 0, 9)
            + _median(figures.spread('upload', proxy, 'mib_per_s'), 0, 9)
            + _median(figures.spread('upload', proxy, 'cpu_us_per_mib'), 0, 9)
            + _median(figures.spread('setups', proxy, 'setups_per_s'), 0, 12)
            + _median(figures.spread('setups', proxy, 'cpu_us'), 1, 10)
            + _median(figures.spread('idle', proxy, 'bytes'), 0, 12))
    if skipped:
        lines.append('')
        lines += [f'{proxy} left out: {reason}' for proxy, reason in skipped.items()]
    return lines


def promises(figures):
    """Each with what was measured, as median, least and greatest of the rounds; none for what was not."""
    found = []

    def judge(text, spread, limit, at_most=True):
        if spread is not None:
            kept = spread[0] <= limit if at_most else spread[0] >= limit
            found.append({'text': text, 'measured': spread, 'limit': limit, 'at_most': at_most, 'kept': kept})

    for rival in RIVALS:
        judge(f'CPU per request, ratio to {rival}', figures.ratio('cpu', _OURS, rival, 'cpu_us'), 1)
    judge('CPU per request, ratio to the relay', figures.ratio('cpu', _OURS, _YARDSTICK, 'cpu_us'), 1.15)
    with_journal = figures.ratio('cpu', _WITH_JOURNAL, _OURS, 'cpu_us')
    judge('CPU per request, ratio with the journal', with_journal, 1.03)
    for rival in RIVALS:
        for name in ('p50_us', 'p99_us'):
            judge(f'{name[:3]} less that of {rival}, us', figures.added('latency', _OURS, rival, name), 0)
    for rival in RIVALS:
        for measure in ('download', 'upload'):
            judge(f'1 MiB {measure}, ratio to {rival}', figures.ratio(measure, _OURS, rival, 'mib_per_s'), 1,
                  at_most=False)
    judge('bytes of an idle connection', figures.spread('idle', _OURS, 'bytes'), 8192)
    judge('connection set-ups a second', figures.spread('setups', _OURS, 'setups_per_s'), 2000, at_most=False)
    return found


def promise_lines(judged):
    lines = ['', 'What meshtwin-proxy promises:'] if judged else []
    for promise in judged:
        median, least, greatest = promise['measured']
        limit = promise['limit']
        kept = 'kept  ' if promise['kept'] else 'MISSED'
        bound = 'at most' if promise['at_most'] else 'at least'
        # Then another run may come out the other way.
        close = ', within the spread' if least < limit < greatest else ''
        lines.append(f'  {kept} {promise["text"] + ":":42}{median:.4g} ({least:.4g} to {greatest:.4g}); '
                     f'{bound} {limit}{close}')
    return lines


def _range(spread, digits, width):
    if spread is None:
        return '-'.rjust(width)
    median, least, greatest = spread
    return f'{median:.{digits}f} ({least:.{digits}f} to {greatest:.{digits}f})'.rjust(width)


def _median(spread, digits, width):
    return ('-' if spread is None else f'{spread[0]:,.{digits}f}').rjust(width)
