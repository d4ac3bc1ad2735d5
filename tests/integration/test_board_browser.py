"""The board in a real browser: its pages for everybody, its forms, its keys, and mails that would like to be programs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.scenarios.office import Office, open_office
from tests.servers.chromium import barriers, open_browser
from triage.core.cases.case import Status
from triage.core.passwords import hash_password
from triage.core.settings import Web

pytestmark = pytest.mark.chromium

PASSWORD = "correct horse"
ALL = ("/", "/?status=closed", "/case/1001", "/case/1002", "/case/1003", "/case/9", "/pages", "/page/1", "/rules", "/health", "/quarantine")
EVIL = (
    '"><script>window.owned=1</script><img src=x onerror="window.owned=1"><svg onload=window.owned=1><style>*{display:none}</style>{{7*7}}'
)
SCREEN, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as running:
        yield running


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A pending case, one whose every field is markup, and one that pages: read by all tests, changed by each in its own case only."""
    with open_office(tmp_path_factory.mktemp("office")) as running:
        running.config = replace(running.config, web=Web("127.0.0.1:0", users={"ana": hash_password(PASSWORD, bytes(16))}))
        running.start()
        asked = running.partner_writes(
            "Transfers fail", "POST /v1/transfers fails since 08:40 UTC\nx-trace-id: 4f1c2a9e-0a7b-4f35-9a0e-1f0d7c1b2a3c"
        )
        running.team_replies("Re: Transfers fail", answers=asked)
        raw = running.mail("x@evil.example", "api@wise.example", EVIL, f"{EVIL}\n</pre></article></main>\u202e\nPOST /v1/{EVIL}")
        running.arrives(raw.replace(b"From: x@evil.example", b'From: "<script>window.owned=1</script>" <"<b>x</b>"@evil.example>'))
        running.partner_writes("URGENT payouts fail", sender="ops@gamma.example")
        running.partner_writes("For the forms", sender="dev@beta.example")
        running.outgoing()
        yield running


@pytest.fixture
def page(browser: Browser, office: Office) -> Iterator[Page]:
    with at(browser, office).new_page() as opened:
        yield opened
        opened.context.close()


def at(browser: Browser, office: Office, **how: Any) -> BrowserContext:
    assert office.daemon is not None
    assert office.daemon.web is not None
    address = f"http://127.0.0.1:{office.daemon.web.port}"
    credentials = {"username": "ana", "password": PASSWORD}
    return browser.new_context(**{"base_url": address, "http_credentials": credentials, "viewport": SCREEN, **how})


@pytest.mark.parametrize(("scheme", "viewport"), [("light", SCREEN), ("dark", PHONE)], ids=["light screen", "dark phone"])
def test_every_page_is_for_everybody(browser: Browser, office: Office, scheme: str, viewport: dict[str, int]) -> None:
    with at(browser, office, color_scheme=scheme, viewport=viewport).new_page() as page:
        for path in ALL:
            page.goto(path)
            assert barriers(page) == [], path
            assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"], f"{path} scrolls sideways"


def test_the_check_sees_faults(page: Page) -> None:
    page.goto("/")
    page.evaluate("""() => {
        document.documentElement.removeAttribute("lang");
        const main = document.querySelector("main");
        const add = (tag, text) => main.appendChild(Object.assign(document.createElement(tag), { textContent: text }));
        add("h5", "deep"); add("button", ""); add("p", "pale").style.color = "rgb(200, 200, 200)";
    }""")
    told = " ".join(barriers(page))
    for fault in ("html-has-lang", "heading-order", "button-name", "color-contrast"):
        assert fault in told, fault


def test_nothing_in_a_mail_is_run_or_breaks_the_page(page: Page) -> None:
    heard: list[str] = []
    page.on("console", lambda message: heard.append(message.text))
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.on("dialog", lambda dialog: (heard.append("a dialog"), dialog.dismiss()))
    page.on("request", lambda request: heard.append(request.url) if "127.0.0.1" not in request.url else None)
    for path in ALL:
        page.goto(path)
        assert page.evaluate("[typeof window.owned, document.scripts.length, document.images.length]") == ["undefined", 1, 0], path
        expect(page.get_by_role("contentinfo")).to_be_visible()
    page.goto("/case/1002")
    expect(page.get_by_role("heading", level=1)).to_contain_text("<script>window.owned=1</script>")
    assert [one for one in heard if "404" not in one] == []


def test_even_markup_that_came_through_would_not_run(page: Page) -> None:
    """The policy of the page stands behind the escaping."""
    page.goto("/")
    run = page.evaluate("""async () => {
        const main = document.querySelector("main"), script = document.createElement("script");
        script.textContent = "window.owned = 1";
        main.innerHTML = '<img src="/none.png" onerror="window.owned = 1"><a href="javascript:window.owned=1">x</a>';
        const failed = new Promise((done) => main.querySelector("img").addEventListener("error", done));
        document.body.append(script);
        main.querySelector("a").click();
        await failed;
        return typeof window.owned;
    }""")
    assert run == "undefined"


def test_the_forms_work_without_javascript(browser: Browser, office: Office) -> None:
    with at(browser, office, java_script_enabled=False).new_page() as page:
        page.goto("/case/1004")
        page.get_by_label("Note").fill("called <i>them</i>")
        page.get_by_role("button", name="Write it down").click()
        expect(page.get_by_role("list").filter(has_text="a note by ana")).to_contain_text("called <i>them</i>")
        page.get_by_label("Close it").fill("solved")
        page.get_by_role("button", name="Close").click()
        expect(page.get_by_role("status")).to_be_visible()
    office.settle()
    assert office.case(1004).status is Status.CLOSED
    assert [entry.actor for entry in office.journal(1004)][-2:] == ["ana", "ana"]
    office.outgoing()


def test_i_have_it(page: Page, office: Office) -> None:
    page.goto("/")
    page.get_by_role("link", name="See who is being reached").click()
    page.get_by_role("row", name="case #1003").get_by_role("link").first.click()
    page.get_by_role("button", name="I have it").click()
    expect(page.get_by_role("main")).to_contain_text("ana has the page")
    office.settle()
    assert office.page_states(1003) == ["acked"]
    office.outgoing()


def test_the_keyboard_leads_everywhere(page: Page) -> None:
    page.goto("/?status=all")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    page.keyboard.press("j")
    first = page.evaluate("document.activeElement.textContent")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.textContent") != first
    page.keyboard.press("k")
    assert page.evaluate("document.activeElement.textContent") == first
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(first)
    page.get_by_label("Note").press_sequentially("jkjk")
    expect(page.get_by_label("Note")).to_have_value("jkjk")


def test_what_is_due_counts_down_and_the_page_is_fetched_anew_unless_somebody_types(page: Page, office: Office) -> None:
    page.clock.install()
    page.goto("/")
    due = page.locator("time[data-until]").first
    before = due.inner_text()
    page.clock.run_for(29_000)
    page.clock.fast_forward(3_600_000 - 29_000)
    expect(due).not_to_have_text(before)
    page.goto("/case/1001")
    page.get_by_label("Note").fill("half a thought")
    page.get_by_role("heading", level=1).click()
    page.clock.run_for(61_000)
    expect(page.get_by_label("Note")).to_have_value("half a thought")
    page.get_by_label("Note").fill("")
    page.get_by_role("heading", level=1).click()
    with page.expect_response(lambda answer: answer.url.endswith("/case/1001")):
        page.clock.run_for(31_000)


def test_a_page_that_cannot_be_fetched_anew_says_how_old_it_is(page: Page) -> None:
    page.clock.install()
    page.goto("/")
    page.route("**/*", lambda route: route.abort())
    page.clock.run_for(31_000)
    expect(page.get_by_role("alert")).to_contain_text("Not up to date: triage does not answer")
    page.unroute("**/*")
    page.clock.run_for(30_000)
    expect(page.get_by_role("alert")).to_have_count(0)


def test_one_long_subject_does_not_fill_the_queue(page: Page, office: Office) -> None:
    office.partner_writes("W" * 900, sender="long@subject.example")
    office.outgoing()
    page.goto("/?partner=subject.example")
    box = page.locator(".what a").bounding_box()
    assert box is not None
    assert box["height"] < 100


def test_nor_does_one_mail_fill_the_quarantine(page: Page, office: Office) -> None:
    with office.store() as store, store.write():
        execute = store.connection.execute
        execute("UPDATE ledger SET outcome = 'quarantined', subject = ? WHERE id = 1", ("W" * 900,))
        execute("INSERT INTO quarantine (ledger_id, error, author, at) VALUES (1, ?, 'x@y.example', '2026-11-23')", ("E" * 900,))
    page.goto("/quarantine")
    box = page.locator("tbody tr").bounding_box()
    assert box is not None
    assert box["height"] < 140
    with office.store() as store, store.write():
        store.connection.execute("DELETE FROM quarantine")
        store.connection.execute("UPDATE ledger SET outcome = 'case' WHERE id = 1")


def test_paper_says_which_part_of_a_long_story_it_is(page: Page, office: Office) -> None:
    for number in range(51):
        raw = office.mail("dev@beta.example", "api@wise.example", "Re: For the forms [#1004]", f"{number}")
        office.imap.deliver(raw, "INBOX", office.clock.now())
    office.settle()
    office.outgoing()
    page.goto("/case/1004")
    page.emulate_media(media="print")
    expect(page.get_by_text("part 2 of 2")).to_be_visible()
    expect(page.get_by_role("link", name="Earlier part")).to_be_hidden()


def test_paper_shows_the_case_and_no_controls(page: Page) -> None:
    page.goto("/case/1001")
    page.emulate_media(media="print")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert page.get_by_text("POST /v1/transfers fails").is_visible()
    assert not page.get_by_label("Note").is_visible()
    assert not page.get_by_role("navigation", name="Board").is_visible()
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(255, 255, 255)"
