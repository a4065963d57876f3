"""How evidence becomes a verdict: pure, without I/O."""
