"""How the stack is started and configured, on this machine and elsewhere."""
