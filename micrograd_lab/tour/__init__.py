"""The tour: everything the lab does, once, on real data, in about a minute."""
