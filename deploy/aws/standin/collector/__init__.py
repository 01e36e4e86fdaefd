"""A collector for the laptop: OTLP in, tail sampling by the real collector's file, X-Ray out.

    store = traces.Store(Path("/data/traces.sqlite3"))
    delivery = collector.Delivery(boto3.client("xray", config=…))
    local = collector.Collector(collector.read(Path("collector.yaml"), factor), store.add, delivery)
    app.include_router(collector.router(local))

The router starts and stops the collector with the application. `read` raises ConfigurationError,
a ValueError whose message says what the file has that can't be followed here.
"""

from deploy.aws.standin.collector.collector import Collector
from deploy.aws.standin.collector.configuration import Configuration, read
from deploy.aws.standin.collector.delivery import Delivery
from deploy.aws.standin.collector.routes import router
from deploy.aws.standin.collector.sampling import Whereabouts
from deploy.aws.standin.collector.settings import ConfigurationError

__all__ = [
    "Collector",
    "Configuration",
    "ConfigurationError",
    "Delivery",
    "Whereabouts",
    "read",
    "router",
]
