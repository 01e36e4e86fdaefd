"""Traffic like users', faults on purpose, and the story of what becomes of them."""
