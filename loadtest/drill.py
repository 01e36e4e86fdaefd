"""The drill: faults of the catalogue, one after the other."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from loadtest import baseline, containers, history, observe
from loadtest.baseline import NotHealthyError
from loadtest.endpoints import Endpoints, StackUnreachableError
from loadtest.faults import Fault
from loadtest.narrator import Narrator
from loadtest.outcome import Outcome
from loadtest.rules import Configuration, load
from loadtest.story import BrokenPromiseError, Story

# For Prometheus and Alertmanager to answer after they were emptied, and to know the first samples.
BACK_SECONDS = 60.0
LOOK_SECONDS = 0.5
KEPT, BROKEN, NO_VERDICT = "kept", "broken", "no verdict"


@dataclass
class Result:
    """One fault of one round: `verdict` is kept, broken or no verdict, `why` where not kept."""

    fault: Fault
    verdict: str
    why: str = ""
    outcome: Outcome | None = None


@dataclass
class Drill:
    """Runs faults against a stack.

    With `fresh`, Prometheus and Alertmanager are emptied where an earlier fault left something in
    a window for the next one to find. Only a stack of the drill's own may be treated so.
    """

    endpoints: Endpoints
    narrator: Narrator
    fresh: bool = False
    results: list[Result] = field(default_factory=list)
    told: set[str] = field(default_factory=set)

    def run(self, faults: Sequence[Fault], rounds: int) -> list[Result]:
        """Run every fault in every round; what breaks one doesn't keep the next from running."""
        for number in range(1, rounds + 1):
            for place, fault in enumerate(faults, 1):
                head = f"round {number} of {rounds}, {place} of {len(faults)}: {fault.name}"
                self.narrator.zero = None
                self.narrator.line(f"\n── {head}")
                self.results.append(self._one(fault))
        return self.results

    def _one(self, fault: Fault) -> Result:
        story = None
        try:
            if self.fresh:
                self.prepare(fault)
            story = Story(fault, self.endpoints, self.narrator)
            story.run()
        except BrokenPromiseError as error:
            result = Result(fault, BROKEN, str(error))
        except (NotHealthyError, StackUnreachableError) as error:
            # It fails closed: without a baseline nothing can be told from what followed.
            result = Result(fault, NO_VERDICT, str(error))
        else:
            result = Result(fault, KEPT)
        result.outcome = story.outcome if story else None
        self.told |= {promise.alert for promise in fault.promises}
        self.narrator.line(f"{fault.name}: {result.verdict}{f', {result.why}' * bool(result.why)}")
        return result

    def prepare(self, fault: Fault) -> None:
        """Forget where there is something to forget, or the fault brings a past of its own.

        An alert that was told before is something: Prometheus goes on sending what is resolved, for
        a quarter of an hour, and Alertmanager tells it with the next one of its group once more.
        """
        configuration = load(self.endpoints)
        if (
            fault.past
            or any(promise.alert in self.told for promise in fault.promises)
            or baseline.active(self.endpoints)
            or baseline.remembered(self.endpoints, configuration, self.narrator)
            or observe.unresolved(self.endpoints)
        ):
            self.forget(fault, configuration)

    def forget(self, fault: Fault, configuration: Configuration) -> None:
        """Empty Prometheus and Alertmanager, give them the fault's past, and wait for both."""
        past = ""
        if fault.past:
            promise = fault.promises[0]
            rule = configuration.rule(promise.alert, promise.labels)
            past = history.openmetrics(configuration, rule, fault.past, time.time())
        containers.forget(self.endpoints.project, past)
        self.told.clear()
        self._until("Prometheus scrapes every target", self._scrapes)
        self._until("no alert is active", self._is_quiet)
        self._until("the heartbeat arrives", self._beats)

    def _scrapes(self) -> bool:
        alerts = self.endpoints.get("alertmanager", "/api/v2/status")
        down = observe.value(self.endpoints, "count(up) - sum(up)")
        seen = observe.value(self.endpoints, "count(up)") or 0
        jobs = self.endpoints.get("prometheus", "/api/v1/scrape_pools")["data"]["scrapePools"]
        return bool(alerts) and down == 0 and seen >= len(jobs)

    def _is_quiet(self) -> bool:
        # Until its first samples are in, Prometheus misses what alerts are made of.
        return not observe.alerts(self.endpoints)

    def _beats(self) -> bool:
        return not self.endpoints.get("sink", "/api/v1/heartbeat")["missing"]

    def _until(self, what: str, true: Callable[[], bool]) -> None:
        until = time.monotonic() + BACK_SECONDS
        while True:
            try:
                if true():
                    return
                why = "not so yet"
            except StackUnreachableError as error:
                why = str(error)
            if time.monotonic() > until:
                raise NotHealthyError(f"after {BACK_SECONDS:.0f} s it is not so: {what} ({why})")
            self.narrator.progress(f"waiting: {what}")
            time.sleep(LOOK_SECONDS)
