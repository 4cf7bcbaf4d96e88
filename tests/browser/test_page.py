"""The page shows what happens in the mock and drives it."""

import json
import math
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from evolink_mock._engine.faults import Fault

from .conftest import TIMEOUT, OtherServer, Served

expect.set_options(timeout=TIMEOUT)


def show(page: Page, name: str) -> None:
    page.get_by_role("tab", name=re.compile(f"^{name}")).click()


def rows(page: Page, name: str) -> Locator:
    return page.get_by_role("list", name=name, exact=True).get_by_role("listitem")


def figure(page: Page, name: str) -> Locator:
    return page.get_by_label("Figures").locator(f"[data-value={name}]")


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def test_task_is_followed_until_it_ends(page: Page, served: Served) -> None:
    expect(page.get_by_role("status").first).to_have_text("live")
    expect(page.locator("#hint")).to_contain_text(f"curl '{served.url}{served.create.path}'")
    task_id = served.task(prompt="A cat playing piano")
    row = rows(page, "Tasks").first
    expect(row).to_contain_text("pending")
    expect(row).to_contain_text("A cat playing piano")
    task = served.engine.account.tasks.get(task_id)
    assert task is not None
    served.engine.clock.step(task.seconds / 2)
    expect(row).to_contain_text("50 %")
    expect(row).to_contain_text("processing")
    served.engine.clock.step(task.seconds / 2)
    expect(row).to_contain_text("completed")
    expect(button(page, f"Complete {task_id}")).to_have_count(0)
    expect(page.get_by_role("tab", name="Tasks")).to_have_text("Tasks1")
    expect(figure(page, "charged")).to_have_text(f"{task.credits:g}")


@pytest.mark.parametrize(("name", "status"), [("Complete", "completed"), ("Cancel", "cancelled")])
def test_task_is_ended_by_its_buttons(page: Page, served: Served, name: str, status: str) -> None:
    task_id = served.task()
    button(page, f"{name} {task_id}").click()
    expect(rows(page, "Tasks").first).to_contain_text(status)
    expect(page.locator("#toast")).to_contain_text(task_id)
    assert served.client.get(f"/_mock/tasks/{task_id}").json()["task"]["status"] == status


def test_task_fails_with_the_chosen_code(page: Page, served: Served) -> None:
    task_id = served.task()
    button(page, f"Fail {task_id}").click()
    code = list(served.engine.contract.task_errors)[2]
    page.get_by_label("Code", exact=True).select_option(code)
    page.get_by_label("Message", exact=True).fill("No <b>luck</b>")
    button(page, "Fail task").click()
    expect(rows(page, "Tasks").first).to_contain_text("failed")
    expect(page.get_by_role("dialog")).to_have_count(0)
    rows(page, "Tasks").first.get_by_role("button").first.click()
    expect(page.get_by_label("Details")).to_contain_text(f"{code}: No <b>luck</b>")
    expect(figure(page, "reserved")).to_have_text("0")


def test_clock_is_moved(page: Page, served: Served) -> None:
    start = served.engine.clock.now()
    button(page, "+1 min").click()
    expect(page.locator("#toast")).to_have_text("The clock moved on by 60 s")
    button(page, "+1 h").click()
    expect(page.locator("#toast")).to_have_text("The clock moved on by 3,600 s")
    page.get_by_label("Seconds to advance").fill("2.5")
    page.get_by_label("Seconds to advance").press("Enter")
    expect(page.locator("#toast")).to_have_text("The clock moved on by 2.5 s")
    assert served.engine.clock.now() == start + 3662.5
    page.get_by_label("Seconds to advance").fill("-1")
    button(page, "Advance").click()
    expect(page.locator("#toast")).to_contain_text("not by -1")


def test_mock_is_reset_after_a_question(page: Page, served: Served) -> None:
    served.task()
    expect(rows(page, "Tasks")).to_have_count(1)
    button(page, "Reset…").click()
    button(page, "Back").click()
    assert len(served.engine.account.tasks) == 1
    button(page, "Reset…").click()
    button(page, "Reset").click()
    expect(rows(page, "Tasks")).to_have_count(0)
    assert len(served.engine.account.tasks) == 0


def test_faults_are_added_and_cleared(page: Page, served: Served) -> None:
    show(page, "Faults")
    form = page.get_by_role("form", name="Add a fault")
    form.get_by_label("status", exact=True).fill("42")
    button(page, "Add fault").click()
    expect(form.get_by_role("alert")).to_have_text("status must be a status from 200 to 599, not 42")
    form.get_by_label("status", exact=True).fill("429")
    form.get_by_label("times", exact=True).fill("2")
    form.get_by_label("headers", exact=True).fill('{"Retry-After": "1"}')
    form.get_by_label("operation", exact=True).fill("create")
    form.get_by_label("when", exact=True).select_option("after")
    button(page, "Add fault").click()
    expect(rows(page, "Waiting faults")).to_contain_text(["status=429 times=2"])
    assert served.post().status_code == 429
    expect(rows(page, "Waiting faults")).to_contain_text(["times=1"])
    expect(page.get_by_role("tab", name="Faults")).to_have_text("Faults1")
    form.get_by_label("hang", exact=True).check()
    button(page, "Add fault").click()
    expect(rows(page, "Waiting faults")).to_have_count(2)
    button(page, "Clear faults").click()
    expect(rows(page, "Waiting faults")).to_have_count(0)
    assert served.post().status_code == 200


def test_outcomes_are_added_and_cleared(page: Page, served: Served) -> None:
    show(page, "Faults")
    form = page.get_by_role("form", name="Add an outcome")
    for end in ("failed", "cancelled"):
        form.get_by_label("outcome", exact=True).select_option(end)
        form.get_by_label("seconds", exact=True).fill("5")
        button(page, "Add outcome").click()
        expect(rows(page, "Waiting outcomes").last).to_contain_text(f"outcome={end}")
    task_id = served.task()
    expect(rows(page, "Waiting outcomes")).to_have_count(1)
    button(page, "Clear outcomes").click()
    expect(rows(page, "Waiting outcomes")).to_have_count(0)
    served.engine.clock.step(5)
    assert served.client.get(f"/_mock/tasks/{task_id}").json()["task"]["status"] == "failed"


def test_scenario_is_exported_and_loaded(page: Page, served: Served, tmp_path: Path) -> None:
    served.engine.faults.add(Fault(status=503))
    show(page, "Faults")
    with page.expect_download() as download:
        page.get_by_role("link", name="Export").click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    assert json.loads(path.read_text())["faults"] == [{"status": 503, "times": 1}]

    served.engine.reset()
    expect(rows(page, "Waiting faults")).to_have_count(0)
    page.get_by_label("Scenario file").set_input_files(path)
    expect(rows(page, "Waiting faults")).to_have_count(1)
    assert [fault.status for fault, _ in served.engine.faults.waiting] == [503]

    path.write_text("credits: none")
    page.get_by_label("Scenario file").set_input_files(path)
    expect(page.get_by_text("scenario.json:1: credits: must be a number from 0")).to_be_visible()


def test_ledger_is_shown_and_credits_are_added(page: Page, served: Served) -> None:
    task_id = served.task()
    show(page, "Ledger")
    expect(rows(page, "Movements of credits")).to_contain_text([re.compile(f"reserved.*{task_id}")])
    page.get_by_label("Credits to add").fill("2.5")
    button(page, "Add credits").click()
    expect(rows(page, "Movements of credits")).to_contain_text(["added", "reserved"])
    rows(page, "Movements of credits").last.get_by_role("button").click()
    expect(page.get_by_label("Details")).to_contain_text(task_id)


def test_callbacks_are_shown(page: Page, served: Served, other_server: OtherServer) -> None:
    model = served.engine.contract.generations[0].models[served.example["model"]]
    assert model.callback is not None
    task_id = served.task(**{model.callback.parameter: f"{other_server.url}/done"})
    button(page, f"Complete {task_id}").click()
    show(page, "Callbacks")
    expect(rows(page, "Callbacks")).to_contain_text([re.compile(f"delivered.*{other_server.url}/done")])
    assert json.loads(other_server.received[0])["status"] == "completed"


def test_request_is_shown_with_violations_and_reply(page: Page, served: Served) -> None:
    served.post(prompt=None)
    show(page, "Requests")
    expect(rows(page, "Requests").first).to_contain_text("prompt")
    rows(page, "Requests").first.get_by_role("button").click()
    details = page.get_by_label("Details")
    expect(details).to_contain_text("prompt: is required")
    expect(details.get_by_label("Reply", exact=True)).to_contain_text('"invalid_request"')
    expect(details.get_by_label("Request headers")).to_contain_text('"***"')


@pytest.mark.parametrize("fault", [{}, {"status": 503}])
def test_request_is_copied_as_code_that_runs(page: Page, served: Served, tmp_path: Path, fault: Any) -> None:
    served.client.post("/_mock/faults", json=fault)
    response = served.post(prompt='it\'s "quoted" $HOME')
    show(page, "Requests")
    rows(page, "Requests").first.get_by_role("button").click()
    button(page, "Copy as pytest").click()
    expect(page.locator("#toast")).to_have_text("Copied as pytest")
    test = tmp_path / "test_copied.py"
    test.write_text(page.evaluate("navigator.clipboard.readText()"), encoding="utf-8")
    subprocess.run([sys.executable, "-m", "pytest", "-q", test], check=True, cwd=tmp_path)
    button(page, "Copy as curl").click()
    expect(page.locator("#toast")).to_have_text("Copied as curl")
    command = page.evaluate("navigator.clipboard.readText()")
    served.client.post("/_mock/faults", json=fault)
    environment = {**os.environ, "EVOLINK_API_KEY": served.engine.api_key, "NO_PROXY": "*"}
    done = subprocess.run(
        ["bash", "-c", command], check=True, capture_output=True, text=True, env=environment
    )
    assert done.stdout.startswith(f"HTTP/1.1 {response.status_code}")
    assert served.engine.requests[-1].json == served.engine.requests[-2].json


def test_text_of_requests_is_never_markup(page: Page, served: Served) -> None:
    text = "<script>alert(1)</script><img src=x onerror=alert(2)>"
    served.task(prompt=text)
    served.client.get("/<b>path</b>", headers={"X-Any": text})
    expect(rows(page, "Tasks").first).to_contain_text(text)
    rows(page, "Tasks").first.get_by_role("button").first.click()
    expect(page.get_by_label("Request", exact=True)).to_contain_text(text)
    show(page, "Requests")
    rows(page, "Requests").first.get_by_role("button").click()
    expect(page.get_by_label("Request headers")).to_contain_text(text)
    assert page.locator("main img, main b img, aside script, main script").count() == 0


PLAYED = """(video, until) => new Promise(done => {
    const look = () => { if (video.currentTime >= Math.min(until, video.duration)) done(); };
    video.ontimeupdate = look;
    look();
})"""


def test_result_is_played(page: Page, served: Served) -> None:
    task_id = served.task()
    button(page, f"Complete {task_id}").click()
    rows(page, "Tasks").first.get_by_role("button").first.click()
    video = page.get_by_label("Result 1")
    video.evaluate("video => video.play()")
    video.evaluate(PLAYED, 0.3)
    # News of this task and others leave it playing.
    played = video.evaluate("video => (video.dataset.mark = 'same', video.currentTime)")
    served.client.get(f"/v1/tasks/{task_id}")
    served.task()
    expect(rows(page, "Tasks")).to_have_count(2)
    page.locator("video[data-mark=same]").evaluate(PLAYED, played + 0.3)
    assert video.evaluate("video => video.videoWidth") > 0


FILTER = """async text => {
    const filter = document.querySelector('#tasks input'), began = performance.now();
    filter.value = text;
    filter.dispatchEvent(new Event('input'));
    await new Promise(requestAnimationFrame);
    document.querySelector('#tasks .rows').offsetHeight;
    return performance.now() - began;
}"""


def test_thousand_tasks_stay_usable(served: Served, open_page: Callable[..., Page]) -> None:
    for number in range(1100):
        served.task(prompt=f"Prompt number {number}")
    page = open_page(served.url)
    expect(rows(page, "Tasks")).to_have_count(200)
    expect(page.get_by_text("the newest 200 of 1,100")).to_be_visible()
    expect(rows(page, "Tasks").first).to_contain_text("Prompt number 1099")
    button(page, "Show more").click()
    expect(rows(page, "Tasks")).to_have_count(400)
    took = [page.evaluate(FILTER, text) for text in ("number", "number 1", "number 10", "number 105")]
    assert min(took) < 500  # one of them, on a busy machine
    expect(rows(page, "Tasks")).to_have_count(11)
    served.engine.clock.step(30)
    expect(rows(page, "Tasks").first).to_contain_text("processing")


def test_keyboard_reaches_everything(page: Page, served: Served) -> None:
    first, second = served.task(), served.task()
    expect(rows(page, "Tasks")).to_have_count(2)
    focused = page.locator(":focus")
    page.keyboard.press("Tab")
    expect(focused).to_have_text("Skip to the list")
    page.get_by_role("tab", name="Tasks").focus()
    page.keyboard.press("ArrowRight")
    expect(focused).to_have_attribute("id", "tab-requests")
    expect(rows(page, "Requests")).to_have_count(2)
    page.keyboard.press("End")
    expect(focused).to_have_attribute("id", "tab-plans")
    page.keyboard.press("ArrowRight")
    expect(focused).to_have_attribute("id", "tab-tasks")
    page.keyboard.press("/")
    expect(focused).to_have_attribute("aria-label", "Filter tasks")
    page.keyboard.press("Tab")
    expect(page.locator(".row:focus-within")).to_have_attribute("data-id", second)
    page.keyboard.press("ArrowDown")
    expect(page.locator(".row:focus-within")).to_have_attribute("data-id", first)
    page.keyboard.press("Enter")
    expect(page.get_by_label("Details")).to_contain_text(first)
    page.keyboard.press("Escape")
    expect(page.get_by_label("Details")).to_be_hidden()
    expect(page.locator(".row:focus-within")).to_have_attribute("data-id", first)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(f"[data-id={first}]")).to_contain_text("completed")


def test_page_fits_a_phone(served: Served, open_page: Callable[..., Page]) -> None:
    served.task(prompt="A very long prompt " * 20)
    served.post(prompt=None)
    page = open_page(served.url, viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    for name in ("Tasks", "Requests", "Ledger", "Callbacks", "Faults"):
        show(page, name)
        assert page.evaluate("document.scrollingElement.scrollWidth") <= 360
    show(page, "Tasks")
    rows(page, "Tasks").first.get_by_role("button").first.tap()
    details = page.get_by_label("Details")
    expect(details.get_by_label("Reply to a query")).to_be_visible()
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 360
    box = details.bounding_box()
    assert box is not None
    assert (box["x"], box["width"]) == (0, 360)
    button(page, "Close").tap()
    expect(rows(page, "Tasks").first).to_be_visible()


CONTRAST = """() => {
    const channel = c => (c /= 255) <= .03928 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4;
    const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
    const luminance = color => {
        canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1);
        const [r, g, b] = canvas.getImageData(0, 0, 1, 1).data;
        return .2126 * channel(r) + .7152 * channel(g) + .0722 * channel(b);
    };
    const ground = node => {
        for (; node; node = node.parentElement) {
            const color = getComputedStyle(node).backgroundColor;
            if (!/, 0\\)$/.test(color)) return color;
        }
    };
    return [...document.querySelectorAll('body *')].filter(node => node.checkVisibility()
        && [...node.childNodes].some(child => child.nodeType === 3 && child.textContent.trim()))
        .map(node => {
            const a = luminance(getComputedStyle(node).color), b = luminance(ground(node));
            return [(Math.max(a, b) + .05) / (Math.min(a, b) + .05), node.outerHTML.slice(0, 120)];
        }).filter(([ratio]) => ratio < 4.5);
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_is_legible(served: Served, open_page: Callable[..., Page], scheme: str) -> None:
    served.client.post("/_mock/outcomes", json={"outcome": "failed"})
    served.task()
    served.engine.clock.step(1000)
    served.task()
    page = open_page(served.url, color_scheme=scheme)
    expect(rows(page, "Tasks")).to_have_count(2)
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", background)[:3])) < 200) == (scheme == "dark")
    for name in ("Tasks", "Requests", "Faults"):
        show(page, name)
        if name != "Faults":
            rows(page, name).first.get_by_role("button").first.click()
            expect(page.get_by_label("Details").locator("pre").first).to_be_visible()
        assert page.evaluate(CONTRAST) == []


def test_controls_have_names(page: Page, served: Served) -> None:
    task_id = served.task()
    button(page, f"Complete {task_id}").click()
    served.task()
    rows(page, "Tasks").last.get_by_role("button").first.click()
    expect(page.get_by_label("Result 1")).to_be_visible()
    nameless = page.evaluate(
        """() => [...document.querySelectorAll(
                'button, input, select, a, video, progress, pre, .rows, form, dialog')]
            .filter(node => !(node.ariaLabel || node.textContent.trim() && !node.matches('select, form, ul')
                || node.labels?.length || node.ariaLabelledByElements?.length || node.closest('dialog')))
            .map(node => node.outerHTML.slice(0, 120))"""
    )
    assert nameless == []


def test_page_survives_a_restart_of_its_stream(page: Page, served: Served) -> None:
    served.task()
    expect(rows(page, "Tasks")).to_have_count(1)
    page.evaluate("Object.defineProperty(document, 'hidden', {value: true, configurable: true})")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator("#connection")).to_have_text("paused")
    served.task()
    page.evaluate("Object.defineProperty(document, 'hidden', {value: false})")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(rows(page, "Tasks")).to_have_count(2)
    expect(page.locator("#connection")).to_have_text("live")


PAINTED = """() => new Promise(done => new PerformanceObserver(list => {
    for (const entry of list.getEntries()) if (entry.name === 'first-contentful-paint') done(entry.startTime);
}).observe({type: 'paint', buffered: true}))"""


def test_first_paint_is_early(served: Served, open_page: Callable[..., Page]) -> None:
    page = open_page(served.url)
    times = [math.inf]
    while min(times) > 200 and len(times) < 50:  # one of them tells more than their middle on a busy machine
        page.reload()
        times.append(page.evaluate(PAINTED))
    assert min(times) <= 200, times
