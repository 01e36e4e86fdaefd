"""Lambda functions of the template, run in this process from the code that it carries."""

import os
from types import ModuleType
from typing import Any

from deploy.aws.standin.senders import Function
from deploy.aws.standin.template import Resource, TemplateError


def load(resource: Resource) -> Function:
    """Return the handler of an AWS::Lambda::Function whose code is in the template (ZipFile).

    It sees this process's environment instead of its own. Raises TemplateError.
    """
    properties: dict[str, Any] = resource.properties
    code = properties.get("Code", {}).get("ZipFile")
    if not code:
        raise TemplateError(f"{resource.id}: only code in the template itself can be run here")
    module = ModuleType(resource.name)
    try:
        exec(compile(code, f"<{resource.id} of the template>", "exec"), module.__dict__)  # noqa: S102 - our own template's
        handler = module.__dict__[str(properties["Handler"]).rpartition(".")[2]]
    except Exception as error:
        raise TemplateError(f"{resource.id}: its code fails: {error}") from error
    if not callable(handler):
        raise TemplateError(f"{resource.id}: its handler is no function")
    function: Function = handler
    return function


def point_at_sink(sink_url: str) -> None:
    """Have the notifier's events go to the sink; its secrets are files that settings name."""
    os.environ["PAGERDUTY_URL"] = f"{sink_url}/v2/enqueue"
