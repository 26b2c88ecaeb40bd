"""What a replay of a recorded run came to, as one document and as text, and what is wrong with it."""


def document(decisions, counts, faults, replayed):
    """`counts` are the proxy's metrics, `replayed` is the document of `meshtwin replay --json`."""
    attempts = int(counts['upstream_rq_total'])
    found = {
        'inputs': replayed['inputs'],
        'decisions': replayed['decisions'],
        'picks': attempts,
        'picks_by_policy': counts['picks'],
        'retries': int(counts['upstream_rq_retry_total']),
        'hedges': int(counts['upstream_rq_hedge_total']),
        'bytes': replayed['bytes'],
        'bytes_per_input': replayed['bytes_per_input'],
        'segments': replayed['segments'],
        'seconds': counts['seconds'],
        'replay_seconds': replayed['wall_seconds'],
        'faults': faults,
        'gaps': replayed['gaps'],
        'divergences': replayed['divergences'],
        'first_divergence': replayed['first_divergence'],
    }
    found['problems'] = _problems(decisions, counts, replayed)
    return found


def _problems(decisions, counts, replayed):
    problems = []
    if replayed['divergences']:
        problems.append(f'{replayed["divergences"]:,} decisions came out otherwise')
    if replayed['gaps']:
        problems.append(f'{replayed["gaps"]:,} gaps: {replayed["lost_inputs"]:,} inputs found no room')
    if replayed['missing_inputs']:
        problems.append(f'{replayed["missing_inputs"]:,} inputs are missing')
    problems += [f'{file["file"]}: {file["problem"]}' for file in replayed['damaged_files']]
    if replayed['torn_segments']:
        problems.append(f'{replayed["torn_segments"]:,} segments are torn off')
    if replayed['inputs'] < counts['journal_records_total']:
        problems.append(f'{counts["journal_records_total"]:,.0f} inputs were recorded, and '
                        f'{replayed["inputs"]:,} replayed')
    idle = [name for name, picks in counts['picks'].items() if not picks]
    if idle:
        problems.append(f'nothing was picked by {", ".join(idle)}')
    if replayed['decisions'] < decisions:
        problems.append(f'{replayed["decisions"]:,} decisions are fewer than {decisions:,}')
    return problems


def lines(found):
    """For people."""
    def share(part):
        return f'{found[part]:,} ({found[part] / max(found["picks"], 1):.1%} of the picks)'

    out = [
        f'Recorded in {found["seconds"]:.1f} s, replayed in {found["replay_seconds"]:.2f} s',
        f'  inputs       {found["inputs"]:,}, {found["bytes_per_input"]:.1f} bytes each, '
        f'{found["bytes"] / 2**20:.0f} MiB in {found["segments"]} segments',
        f'  decisions    {found["decisions"]:,}',
        f'  picks        {found["picks"]:,}, by the proxy\'s own count, by {len(found["picks_by_policy"])} policies',
        f'  retries      {share("retries")}',
        f'  hedges       {share("hedges")}',
        '  endpoints    ' + ', '.join(f'{name} {count}' for name, count in found['faults'].items()),
        f'  gaps         {found["gaps"]:,}',
        f'  divergences  {found["divergences"]:,}',
    ]
    first = found['first_divergence']
    if first:
        out += ['', f'The first one is input {first["input"]:,}, of upstream {first["upstream"]}: '
                f'{first["what"]}',
                f'  recorded: {first["recorded"]}', f'  replayed: {first["replayed"]}']
    if found['problems']:
        out += ['', 'NOT PROVEN:'] + [f'  {problem}' for problem in found['problems']]
    if 'journal' in found:
        out.append(f'  The journal is kept in {found["journal"]}')
    return out
