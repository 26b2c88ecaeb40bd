"""The policies of a recorded run, which have every algorithm of the catalog between them."""

_ATTEMPTS = {'max_attempts': 4, 'per_try_timeout': '60ms', 'on': ['connect', 'reset', '5xx', 'timeout']}

# Under most of the load, since they have what decides most often.
BUSY = {
    'choosing': {
        'balancer': {'type': 'least_request', 'choices': 2},
        'timeout': '300ms',
        'retry': {**_ATTEMPTS, 'host': 'other',
                  'backoff': {'type': 'exponential', 'base': '1ms', 'max': '8ms'},
                  'budget': {'type': 'window', 'ratio': 0.5, 'min_per_second': 200, 'ttl': '2s'}},
        'hedge': {'after': '5ms', 'max': 1},
        'breaker': {'type': 'window', 'window': '500ms', 'max_failures': 60, 'open': '100ms', 'probes': 3,
                    'scope': 'endpoint'},
        'limits': {'connections': 400, 'pending': 200, 'requests': 400, 'retries': 60},
    },
    'turning': {
        'balancer': {'type': 'weighted_round_robin'},
        'timeout': '250ms',
        'retry': {**_ATTEMPTS, 'max_attempts': 3, 'host': 'random_other', 'backoff': {'type': 'none'},
                  'budget': {'type': 'bucket', 'per_success': 0.4, 'capacity': 200}},
        'hedge': {'after': '8ms', 'max': 2},
        'breaker': {'type': 'window', 'window': '200ms', 'max_failures': 150, 'open': '20ms', 'probes': 2,
                    'scope': 'service'},
    },
}


def _with(balancer, **more):
    return {'balancer': balancer, 'timeout': '300ms', 'retry': {**_ATTEMPTS, 'host': 'other'}, **more}


_OUTLIER = {'consecutive_failures': 4, 'interval': '200ms', 'base_ejection': '300ms', 'max_ejection': '2s',
            'max_ejected': 0.5}

CATALOG = {
    'random': _with({'type': 'random'}),
    'weighted-random': _with({'type': 'weighted_random'}),
    'round-robin': _with({'type': 'round_robin'}),
    'least-request-of-all': _with({'type': 'least_request', 'choices': 'all'}),
    'least-request-told': _with({'type': 'least_request', 'load_update_interval': '50ms'}),
    'least-request-again': _with({'type': 'least_request', 'replacement': True}),
    'replicas': _with({'type': 'c3', 'replicas_of': 'address'}),
    'replicas-by-load': _with({'type': 'least_request', 'choices': 3, 'replicas_of': 'address'}),
    'peak-ewma': _with({'type': 'peak_ewma', 'decay': '1s'}, hedge={'after': 'p90', 'budget': {'ratio': 0.1}}),
    'ring-hash': _with({'type': 'ring_hash', 'key': 'address', 'hash_balance_factor': 150}),
    'maglev': _with({'type': 'maglev', 'key': 'address', 'table_size': 251}),
    'join-idle-queue': _with({'type': 'join_idle_queue'}),
    'prequal': _with({'type': 'prequal'}),
    'c3': _with({'type': 'c3', 'rate_control': {}}),
    'orca': _with({'type': 'orca_weighted_round_robin', 'blackout_period': '100ms',
                   'weight_update_period': '100ms'}),
    'aperture': _with({'type': 'aperture', 'smoothing': '500ms', 'min_size': 2}),
    'placed': _with({'type': 'prequal'}, subset={'size': 6}, priorities={}, locality={},
                    slow_start={'window': '2s'}, outlier=_OUTLIER),
    'ejecting': _with({'type': 'least_request'}, outlier={
        **_OUTLIER,
        'success_rate': {'minimum_hosts': 3, 'request_volume': 5},
        'failure_percentage': {'threshold': 30, 'minimum_hosts': 3, 'request_volume': 5}}),
    'limited': _with({'type': 'least_request'}, admission={
        'rate_limit': {'rate': 2000, 'burst': 50},
        'adaptive_throttling': {'multiplier': 1.1, 'window': '2s'}}),
    'gradient': _with({'type': 'least_request'}, limits={'connections': 4}, admission={
        'adaptive_concurrency': {'type': 'gradient', 'min_limit': 2, 'sample_window': '20ms',
                                 'measure_interval': '1s', 'measure_requests': 10},
        'priority_shedding': {'max_wait': '2ms', 'window': '100ms'},
        'codel': {'target': '2ms', 'interval': '20ms'}}),
    'aimd': _with({'type': 'peak_ewma'}, admission={
        'adaptive_concurrency': {'type': 'aimd', 'min_limit': 2, 'max_latency': '20ms'}}),
    'shadowed-by-probes': _with({'type': 'least_request'}, limits={'connections': 4}, shadow={
        'balancer': {'type': 'prequal'}, 'limits': {'connections': 2, 'pending': 3},
        'admission': {'codel': {'target': '2ms', 'interval': '20ms'}}}),
    'shadowed': _with({'type': 'round_robin'}, shadow={
        'balancer': {'type': 'peak_ewma'}, 'outlier': _OUTLIER,
        'breaker': {'window': '500ms', 'max_failures': 20, 'open': '100ms'},
        'admission': {'rate_limit': {'rate': 500, 'burst': 10}}}),
}
