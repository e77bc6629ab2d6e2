"""`python -m benchmarks`: every benchmark in turn."""

from benchmarks import bundle, stix_decode, store

for benchmark in (stix_decode, store, bundle):
    print(f"== {benchmark.__name__.rpartition('.')[2]}")
    benchmark.main()
