"""What stands where a collector's way to X-Ray is, for tests of everything else."""

from deploy.aws.standin import collector


class Nowhere(collector.Delivery):
    """Sends nothing."""

    def __init__(self) -> None:
        """Need no client."""

    def start(self) -> None:
        """Begin nothing."""

    def stop(self) -> None:
        """End nothing."""

    def offer(self, documents: object) -> None:
        """Take nothing."""
