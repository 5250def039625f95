"""Playing a run on many machines: a Dask scheduler hands shards of pairs to its workers, and one client stores what comes back.

    client (the run directory)            scheduler                      worker, one a machine
      client.py   ── shards, no keys ──►  tasks           ──────────►    shard.py runs the ordinary engine
                  ◄── a result a pair ──  queue           ◄──────────
                  ── who still waits ──►  variable        ──────────►    stops when nobody does
                                          semaphores      ◄─────────►    places.py asks for sessions

`order.py` holds the values that travel. The client alone decides what is missing and alone writes.
"""
