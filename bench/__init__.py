"""Measurements of the product on the product itself; `bench/README.md` says what each number means."""
