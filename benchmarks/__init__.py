"""How fast, and against whom: the same mathematics in several engines, timed fairly."""
