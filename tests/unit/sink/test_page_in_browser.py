"""The page as a person uses it; skipped on a machine without Chromium."""

import json
import signal
from collections.abc import Iterator

import pytest
import requests

from tests.unit.sink import browser as chromium
from tests.unit.sink.browser import Browser
from tests.unit.sink.conftest import Process
from tests.unit.sink.notifications import (
    DASHBOARD,
    HOOK,
    RUNBOOK,
    event,
    heartbeat_webhook,
    slack_message,
)
from tests.unit.sink.sns_deliveries import LOCAL, alarm, headers, notification
from tests.unit.sink.sns_deliveries import RUNBOOK as ALARM_RUNBOOK

pytestmark = pytest.mark.skipif(chromium.PROGRAM is None, reason="no Chromium on this machine")

EVIL = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>'

STATE = "document.querySelector('#connection').dataset.state"
CHANNEL = "document.querySelector('#channel-name').textContent"
TITLES = "[...document.querySelectorAll('#messages .title')].map(one => one.textContent)"
UNREAD = (
    "Object.fromEntries([...document.querySelectorAll('#channels button')].map(one =>"
    " [one.querySelector('.name').textContent, parseInt(one.querySelector('.badge')?.textContent)"
    " || 0]))"
)
INCIDENTS = "[...document.querySelectorAll('.incident .state')].map(one => one.textContent)"
TOPICS = "[...document.querySelectorAll('#topics .name')].map(one => one.textContent)"
EVENTS = "[...document.querySelectorAll('.events li > span')].map(one => one.textContent)"
HEARTBEAT = "document.querySelector('#heartbeat').textContent"
WATCH_ANNOUNCED = "document.querySelector('#watch-announcement').textContent"
FOCUSED = "document.activeElement.dataset.key"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    browser = Browser(tmp_path_factory.mktemp("profile"))
    yield browser
    browser.close()


@pytest.fixture
def page(browser: Browser, process: Process) -> Iterator[Browser]:
    """The page of a sink that got nothing yet."""
    process.start()
    show(browser, process)
    yield browser
    # Before its sink ends: it would complain of that in the next test.
    browser.open("about:blank")


def show(browser: Browser, process: Process, **size: int) -> None:
    browser.open(process.url, **size)
    browser.until(f"document.readyState === 'complete' && {STATE}", "live")


def post(process: Process, *messages: dict[str, object]) -> None:
    for message in messages:
        assert requests.post(process.url + HOOK, json=message, timeout=5).text == "ok"


def publish(process: Process, *deliveries: dict[str, object]) -> None:
    for one in deliveries:
        answer = requests.post(
            f"{process.url}/sns", json.dumps(one), headers=headers(one), timeout=5
        )
        assert answer.ok


def page_someone(process: Process, *events: dict[str, object]) -> None:
    for one in events:
        assert requests.post(f"{process.url}/v2/enqueue", json=one, timeout=5).ok


def test_before_the_first_delivery_it_says_what_to_do(page: Browser, process: Process) -> None:
    for part in ("main", "aside"):
        assert "make chaos-errors" in page.value(f"document.querySelector('{part}').innerText")
    assert page.value(UNREAD) == {"alerts-critical": 0, "alerts-warning": 0, "alerts": 0}
    assert "Nothing leaves this machine" in page.value("document.body.innerText")
    assert {url.startswith(f"{process.url}/") for url in page.requested()} == {True}
    assert page.complaints() == []


def test_a_message_appears_as_it_arrives_and_is_unread_elsewhere(
    page: Browser, process: Process
) -> None:
    post(process, slack_message(), slack_message("#alerts-warning"), slack_message("#more"))
    page.until(TITLES, ["[FIRING] HighErrorRate: More than 1% of API requests fail."])
    read = {"alerts-critical": 0, "alerts": 0}
    page.until(UNREAD, {**read, "alerts-warning": 1, "more": 1})
    page.press("2")
    page.until(UNREAD, {**read, "alerts-warning": 0, "more": 1})
    # What was read stays read.
    show(page, process)
    page.until(UNREAD, {**read, "alerts-warning": 0, "more": 1})
    assert page.complaints() == []


def test_an_incident_changes_its_state_as_events_arrive(page: Browser, process: Process) -> None:
    page_someone(process, event())
    page.until(INCIDENTS, ["triggered"])
    page.until("document.title.startsWith('(1)')")
    page_someone(process, event("acknowledge"))
    page.until(INCIDENTS, ["acknowledged"])
    page_someone(process, event("resolve"), event(key="another"))
    # What is open comes first.
    page.until(INCIDENTS, ["triggered", "resolved"])
    assert page.complaints() == []


def click(page: Browser, words: str) -> None:
    button = f"[...document.querySelectorAll('button')].find(one => one.textContent === '{words}')"
    page.until(f"!!{button}")
    page.value(f"{button}.click()")


def test_an_incident_is_acknowledged_declared_noted_and_resolved(
    page: Browser, process: Process
) -> None:
    page_someone(process, event())
    page.value("document.querySelector('#who').value = 'kim'")
    click(page, "Acknowledge")
    page.until(INCIDENTS, ["acknowledged"])
    page.until(EVENTS, ["Triggered", "Acknowledged by kim"])

    click(page, "Declare")
    page.value("document.querySelector('#grade').value = 'P1'")
    page.value("document.querySelector('#declaration button[value=declare]').click()")
    page.until("document.querySelector('.led')?.textContent.startsWith('P1 · kim leads in #inc-')")
    channel = page.value("document.querySelector('.led').textContent.split(' in ')[1]")
    page.until(f"{channel[1:]!r} in {UNREAD}")

    page.value(
        "[...document.querySelectorAll('#channels button')]"
        f".find(one => one.textContent.includes({channel[1:]!r})).click()"
    )
    page.until(CHANNEL, channel)
    page.value("document.querySelector('#note-text').focus()")
    page.press("1", "j")
    page.until("document.querySelector('#note-text').value", "1j")
    click(page, "Note")
    lines = "[...document.querySelectorAll('.line .app')].map(one => one.textContent)"
    page.until(lines, ["page", "acknowledged", "declared", "note"])
    assert page.value("document.querySelector('.line.note .text').textContent") == "1j"

    click(page, "Resolve")
    page.until(INCIDENTS, ["resolved"])
    page.until(lines, ["page", "acknowledged", "declared", "note", "resolved"])
    assert page.complaints() == []


def test_what_an_incidents_people_write_stays_text(page: Browser, process: Process) -> None:
    page_someone(process, event())
    url = f"{process.url}/api/v1/incidents/1"
    declared = {"by": EVIL[:64], "severity": "P2", "commander": EVIL[:64]}
    requests.post(f"{url}/declare", json=declared, timeout=5).raise_for_status()
    requests.post(f"{url}/notes", json={"by": "kim", "text": EVIL}, timeout=5).raise_for_status()
    show(page, process)
    page.until("!!document.querySelector('.led')")
    page.value(
        "[...document.querySelectorAll('#channels button')]"
        ".find(one => one.textContent.includes('inc-')).click()"
    )
    page.until("document.querySelector('.line.note .text')?.textContent", EVIL)
    assert page.value("window.hacked") is None
    assert page.value("document.querySelectorAll('main img, aside img').length") == 0


@pytest.fixture
def beside_aws(process: Process) -> None:
    """The sink takes what the local stand-in for AWS delivers."""
    process.environment["SNS_LOCAL_URL"] = LOCAL


@pytest.mark.usefixtures("beside_aws")
def test_an_alarm_is_shown_in_its_topic_with_its_states_and_its_runbook(
    page: Browser, process: Process
) -> None:
    assert page.value("document.querySelector('#topics-name').hidden") is True
    publish(process, notification(alarm(), 1), notification("hello", 2, Subject="Other news"))
    page.until(TOPICS, ["sre-reference-critical"])
    assert page.value("document.querySelector('#topics-name').hidden") is False
    # The fourth, after Slack's three.
    page.press("4")
    page.until(CHANNEL, "sre-reference-critical")
    page.until(TITLES, ["sre-reference-HighErrorRate", "Other news"])
    assert page.value("document.querySelector('.states').textContent") == "OK → ALARM"
    words = page.value("document.querySelector('#messages').innerText")
    for part in ("More than 1% of API requests fail.", "Threshold Crossed", "unsigned (local)"):
        assert part in words
    runbook = "document.querySelector('#messages .actions a').href"
    assert page.value(runbook) == ALARM_RUNBOOK
    assert "subscriber" in page.value("document.querySelector('#composer').textContent")
    publish(process, notification(alarm("OK", "ALARM"), 3))
    page.until("[...document.querySelectorAll('.states .state')].at(-1).textContent", "OK")
    assert page.complaints() == []


@pytest.mark.usefixtures("beside_aws")
def test_whatever_an_sns_delivery_holds_stays_text(page: Browser, process: Process) -> None:
    link = "javascript:window.hacked=1"
    described = {"summary": EVIL, "description": EVIL, "runbook_url": link, "dashboard_url": link}
    evil = alarm(AlarmName=EVIL, NewStateReason=EVIL, AlarmDescription=json.dumps(described))
    publish(process, notification(evil, 1, Subject=EVIL), notification(EVIL, 2, Subject=EVIL))
    page.press("4")
    page.until(TITLES, [EVIL, EVIL])
    made = "document.querySelectorAll('main :is(img, script, iframe, a, [onerror])')"
    assert page.value(f"{made}.length") == 0
    assert page.value("window.hacked") is None
    assert page.complaints() == []


def test_an_incident_of_two_halves_shows_which_said_what(page: Browser, process: Process) -> None:
    said = [("Alertmanager", "trigger"), ("CloudWatch", "trigger"), ("CloudWatch", "resolve")]
    for client, action in said:
        page_someone(process, {**event(action), "client": client})
    page.until(
        EVENTS,
        ["Triggered · Alertmanager", "Triggered again · CloudWatch", "Resolved · CloudWatch"],
    )
    halves = "[...document.querySelectorAll('.clients li')].map(one => one.firstChild.textContent)"
    assert page.value(halves) == [
        "Alertmanager says it is firing, ",
        "CloudWatch says it is over, ",
    ]
    page_someone(process, {**event("resolve"), "client": "Alertmanager"})
    page.until(f"{EVENTS}.at(-1)", "Dropped: resolve · Alertmanager")
    page.until(f"{halves}[0]", "Alertmanager says it is over, ")
    page.until(INCIDENTS, ["resolved"])
    assert page.complaints() == []


def test_whatever_a_delivery_holds_stays_text(page: Browser, process: Process) -> None:
    evil = {
        **slack_message(
            title=EVIL,
            title_link="javascript:window.hacked=1",
            text=f"{EVIL} <javascript:window.hacked=1|click>",
            pretext=EVIL,
            footer=EVIL,
            color="red;background:url(//evil.example.com)",
            fields=[{"title": EVIL, "value": EVIL}, None],
            actions=[
                {"type": "button", "text": EVIL, "url": "javascript:window.hacked=1"},
                {"type": "button", "text": EVIL, "url": "https://example.com/", "style": EVIL},
            ],
        ),
        "username": EVIL,
        "text": EVIL,
        "blocks": [{"type": "section", "text": {"text": EVIL}}, {"type": "image"}, None],
    }
    post(process, evil)
    details = {EVIL: EVIL, "nested": {"x": [EVIL]}}
    links = [{"href": "javascript:window.hacked=1", "text": EVIL}, {"href": "https://example.com/"}]
    worse = event(summary=EVIL, source=EVIL, custom_details=details)
    page_someone(process, {**worse, "links": links})
    page.until(TITLES, [EVIL])
    page.until("document.querySelector('.incident h3')?.textContent", EVIL)
    made = "document.querySelectorAll(':is(main, aside) :is(img, script, iframe, [onerror])')"
    assert page.value(f"{made}.length") == 0
    hrefs = "[...document.querySelectorAll(':is(main, aside) a')].map(one => one.href)"
    assert set(page.value(hrefs)) == {"https://example.com/"}
    assert page.value("window.hacked") is None
    assert {url.startswith(f"{process.url}/") for url in page.requested()} == {True}
    assert page.complaints() == []


def test_slacks_marks_become_elements(page: Browser, process: Process) -> None:
    text = (
        "*api &lt;b&gt;* <http://localhost/?a=1&amp;b=2|the _runbook_> `a*b*` _now_ ~not~ "
        "http_requests_total 2*3*4 <!channel> <b> <https://example.com>"
    )
    post(process, slack_message(text=text))
    page.until("document.querySelectorAll('#messages .text').length", 1)
    assert page.value("document.querySelector('#messages .text').innerHTML") == (
        "<strong>api &lt;b&gt;</strong> "
        '<a href="http://localhost/?a=1&amp;b=2" target="_blank" rel="noopener noreferrer">'
        "the _runbook_</a> <code>a*b*</code> <em>now</em> <s>not</s> "
        'http_requests_total 2*3*4 <span class="mention">@channel</span> <span>&lt;b&gt;</span> '
        '<a href="https://example.com/" target="_blank" rel="noopener noreferrer">'
        "https://example.com</a>"
    )


def test_everything_can_be_reached_with_the_keyboard(page: Browser, process: Process) -> None:
    post(process, *[slack_message() for _ in range(3)], slack_message("#alerts"))
    page_someone(process, event(key="one"), event(key="two"))
    page.until("document.querySelectorAll('.item').length", 5)
    # From the newest message up, and no further than the ends.
    page.press("j")
    assert page.value(FOCUSED) == "3"
    page.press("k", "ArrowUp", "k", "k")
    assert page.value(FOCUSED) == "1"
    page.press("ArrowDown", "j", "j")
    assert page.value(FOCUSED) == "3"
    page.press("ArrowRight")
    assert page.value(FOCUSED) == "6"
    page.press("j")
    assert page.value(FOCUSED) == "5"
    page.press("[")
    assert page.value(CHANNEL) == "#alerts"
    page.press("]", "]")
    assert page.value(CHANNEL) == "#alerts-warning"
    page.press("3")
    assert page.value(CHANNEL) == "#alerts"
    page.press("?")
    assert page.value("document.querySelector('#help').open") is True
    page.press("1", "Escape")
    assert page.value("document.querySelector('#help').open") is False
    assert page.value(CHANNEL) == "#alerts"


def test_enter_opens_the_links_of_what_is_selected(page: Browser, process: Process) -> None:
    post(process, slack_message())
    page.until("document.querySelectorAll('.item').length", 1)
    page.value(
        "window.opened = []; document.addEventListener('click', (event) => {"
        " opened.push(event.target.closest('a')?.href); event.preventDefault(); }, true)"
    )
    page.press("j", "Enter")
    page.press("Enter", modifiers=chromium.SHIFT)
    assert page.value("window.opened") == [RUNBOOK, DASHBOARD]


def test_a_lost_connection_is_seen_and_what_was_missed_comes_after_it(
    page: Browser, process: Process
) -> None:
    process.end(signal.SIGKILL)
    page.until(STATE, "lost")
    process.start()
    post(process, slack_message(title="missed"))
    page.until(TITLES, ["missed"])
    page.until(STATE, "live")


def test_a_sink_that_began_anew_is_shown_as_it_is(page: Browser, process: Process) -> None:
    post(process, slack_message(title="old"), slack_message(title="older"))
    page.until(TITLES, ["old", "older"])
    process.end(signal.SIGKILL)
    process.environment["SINK_DATABASE"] += ".new"
    process.start()
    post(process, slack_message(title="new"))
    page.until(TITLES, ["new"])


def test_a_phone_shows_one_thing_at_a_time_and_nothing_beside_the_screen(
    page: Browser, process: Process
) -> None:
    post(process, slack_message(), slack_message("#a-channel-with-a-very-long-name-indeed"))
    page_someone(process, event())
    show(page, process, width=390, height=844)
    page.until("document.querySelectorAll('.item').length", 2)
    visible = "['main', 'aside'].map(one => document.querySelector(one).offsetWidth)"
    assert page.value(visible) == [390, 0]
    page.value("document.querySelector('#incidents-button').click()")
    assert page.value(visible) == [0, 390]
    assert page.value("document.documentElement.scrollWidth") == 390
    channels = "document.querySelector('nav')"
    assert page.value(f"{channels}.scrollWidth <= {channels}.clientWidth")
    beyond = "[...document.querySelectorAll('nav :is(button, a)')].filter(one =>"
    assert page.value(f"{beyond} one.getBoundingClientRect().right > 390).length") == 0


@pytest.mark.usefixtures("beside_aws")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_topic_fits_a_phone_in_the_light_and_in_the_dark(
    page: Browser, process: Process, scheme: str
) -> None:
    long = "arn:aws:sns:ap-northeast-1:123456789012:" + "a-very-long-name-" * 8
    publish(process, notification(alarm(NewStateReason="x" * 400), TopicArn=long))
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    page.send("Emulation.setEmulatedMedia", features=features)
    show(page, process, width=390, height=844)
    page.press("4")
    page.until("document.querySelectorAll('#messages .item').length", 1)
    assert page.value("document.documentElement.scrollWidth") == 390
    scroll = "document.querySelector('#messages-scroll')"
    assert page.value(f"{scroll}.scrollWidth <= {scroll}.clientWidth")
    beyond = "[...document.querySelectorAll('nav :is(button, a), main .top *')].filter(one =>"
    assert page.value(f"{beyond} one.getBoundingClientRect().right > 390).length") == 0
    page.send("Emulation.setEmulatedMedia", features=[])


def beat(process: Process) -> None:
    assert requests.post(f"{process.url}/heartbeat", json=heartbeat_webhook(), timeout=5).ok


def test_the_header_says_when_the_heartbeat_was_heard(page: Browser, process: Process) -> None:
    page.until(HEARTBEAT, "no heartbeat yet")
    beat(process)
    # As when the reader comes back to the page; else it asks every few seconds.
    page.value("document.dispatchEvent(new Event('visibilitychange')) && null")
    page.until(f"/^heartbeat \\d+ s ago$/.test({HEARTBEAT})")
    # It counts by itself.
    page.until(f"/^heartbeat [2-9] s ago$/.test({HEARTBEAT})")
    assert page.value(WATCH_ANNOUNCED) == ""
    attributes = "document.querySelector('#heartbeat').getAttributeNames()"
    assert not {"role", "aria-live"} & set(page.value(attributes))
    assert page.complaints() == []


def test_a_missing_heartbeat_is_an_alarm_that_a_screen_reader_says_once(
    browser: Browser, process: Process
) -> None:
    process.environment["HEARTBEAT_TIMEOUT"] = "2s"
    process.start()
    show(browser, process)
    browser.until("document.querySelector('#heartbeat').dataset.state", "missing")
    assert browser.value(HEARTBEAT) == "no heartbeat: nobody watches"
    assert browser.value(WATCH_ANNOUNCED) == "No heartbeat: nobody watches"
    browser.until(TITLES, ["[FIRING] HeartbeatMissing: Nobody watches, alerts can't arrive."])
    beat(process)
    browser.until(WATCH_ANNOUNCED, "The heartbeat is back")
    browser.until(f"{HEARTBEAT}.startsWith('no heartbeat for ')")
    assert browser.complaints() == []
    browser.open("about:blank")


def test_times_are_utc_and_say_so_wherever_the_reader_is(page: Browser, process: Process) -> None:
    post(process, slack_message())
    page_someone(process, event())
    page.send("Emulation.setTimezoneOverride", timezoneId="Pacific/Kiritimati")
    show(page, process)
    page.until("document.querySelectorAll('.item').length", 2)
    found = requests.get(f"{process.url}/api/v1/deliveries", timeout=5).json()["deliveries"]
    expected = [f"{one['received_at'][11:19]} UTC" for one in found]
    times = "[...document.querySelectorAll('.item time')].map(one => one.textContent)"
    assert page.value(times) == expected
    assert page.value("document.querySelector('.day').textContent") == "Today"
    page.send("Emulation.setTimezoneOverride", timezoneId="")
