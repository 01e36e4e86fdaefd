"""A dashboard's frame: rows of panels on the grid, links to the others, annotations."""

from collections.abc import Sequence
from itertools import count

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.models import dashboard as models

from grafana.builder import links
from grafana.builder.queries import SOURCE

WIDTH = 24
# Between two looks at what annotations mark: a scrape, so that a fault begins where it begins.
STEP = "15s"


class Event(models.AnnotationQuery):
    """An annotation from Prometheus: a mark for as long as a query has a value above zero.

    `title` may name labels, as ``{{job}}``.
    """

    def __init__(self, name: str, colour: str, expression: str, title: str) -> None:
        super().__init__(name=name, datasource=SOURCE, icon_color=colour, expr=expression)
        self.title = title

    def to_json(self) -> dict[str, object]:
        """Return the JSON, with what the SDK's model leaves out."""
        return {**super().to_json(), "step": STEP, "titleFormat": self.title, "textFormat": ""}


FAULTS = Event(
    "Faults",
    "purple",
    "max by (job, fault) (max_over_time(faults_live[1m]))",
    "Fault {{fault}}, put into {{job}} on purpose",
)
DEPLOYS = Event(
    "Deploys",
    "blue",
    # For a minute after a version took another's place, forwards or back, or was the first. A
    # restart is none: a minute ago nothing ran, and shortly before that something did.
    "max by (job, version) (service_build_info)"
    " unless max by (job, version) (service_build_info offset 1m)"
    " unless on (job) (max by (job) (max_over_time(service_build_info[5m] offset 1m))"
    " unless max by (job) (service_build_info offset 1m))",
    "{{job}} {{version}} deployed",
)


class Page:
    """Collects a dashboard's rows; panels are numbered in the order of reading."""

    def __init__(
        self, uid: str, description: str, *, since: str, refresh: str, events: Sequence[Event] = ()
    ) -> None:
        self._ids = count(1)
        self._below = 0
        self._panels: list[models.Panel | models.RowPanel] = []
        self._events = list(events)
        self._page = (
            builders.Dashboard(links.TITLES[uid])
            .uid(uid)
            .description(description)
            .tags(["sre-reference"])
            .readonly()
            .time(since, "now")
            .timezone("browser")
            .refresh(refresh)
            .tooltip(models.DashboardCursorSync.CROSSHAIR)
            .links([links.dashboard(other) for other in links.TITLES if other != uid])
        )

    def variable(self, name: str, label: str, values: str, *, several: bool = True) -> None:
        """Add a variable: of several values all of them at first, of one the first."""
        chosen = (
            builders.QueryVariable(name)
            .label(label)
            .query({"query": values, "refId": name})
            .datasource(SOURCE)
            .refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED)
            .sort(models.VariableSort.ALPHABETICAL_ASC)
            .multi(multi=several)
            .include_all(include_all=several)
        )
        if several:
            everything = models.VariableOption(selected=True, text=["All"], value=["$__all"])
            chosen = chosen.current(everything)
        self._page.with_variable(chosen)

    def heading(self, title: str) -> None:
        """Begin a section."""
        place = models.GridPos(h=1, w=WIDTH, x=0, y=self._below)
        row = models.RowPanel(title=title, id_val=next(self._ids), grid_pos=place, panels=[])
        self._panels.append(row)
        self._below += 1

    def row(self, height: int, *panels: models.Panel, widths: Sequence[int] = ()) -> None:
        """Add panels side by side, of one height; alike in width where no widths are given."""
        chosen = widths or [WIDTH // len(panels)] * len(panels)
        if sum(chosen) != WIDTH:
            raise ValueError(f"a row is {WIDTH} columns wide, not {sum(chosen)}")
        left = 0
        for panel, width in zip(panels, chosen, strict=True):
            panel.id_val = next(self._ids)
            panel.grid_pos = models.GridPos(h=height, w=width, x=left, y=self._below)
            self._panels.append(panel)
            left += width
        self._below += height

    def build(self) -> models.Dashboard:
        """Return the dashboard."""
        page = self._page.build()
        page.panels = self._panels
        page.annotations = models.AnnotationContainer(list_val=list(self._events))
        return page
