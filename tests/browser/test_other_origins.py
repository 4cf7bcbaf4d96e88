"""Pages of other origins can use the API, and nothing else of the mock."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from .conftest import OtherServer, Served

USE_API = """async ([url, path, body, key]) => {
    const headers = {Authorization: `Bearer ${key}`, 'Content-Type': 'application/json'};
    const created = await fetch(url + path, {method: 'POST', headers, body: JSON.stringify(body)});
    const refused = await fetch(url + path, {method: 'POST', headers, body: '{'});
    return [created.status, (await created.json()).id, created.headers.get('x-request-id'), refused.status];
}"""

READ = """async url => {
    const late = new Promise(done => setTimeout(done, 3000));
    const read = work => Promise.race([work(), late]).catch(() => undefined);
    return (await Promise.all([
        read(async () => (await fetch(url + '/_mock/tasks')).text()),
        read(async () => (await fetch(url + '/_mock/requests')).text()),
        read(() => new Promise((done, fail) => {
            const source = new EventSource(url + '/_mock/events');
            source.onmessage = event => done(event.data);
            source.onerror = () => { source.close(); fail(); };
        })),
    ])).filter(Boolean);
}"""

# By fetch, beacon, image and form; some of these requests need no permission of the server to be sent.
DRIVE = """async url => {
    const attempts = [], send = (path, options) => attempts.push(fetch(`${url}/_mock/${path}`, options));
    const commands = {reset: '{}', faults: '{"status": 500}', clock: '{"advance": 99}'};
    for (const [path, body] of Object.entries(commands)) {
        for (const mode of ['cors', 'no-cors']) {
            send(path, {method: 'POST', mode, body});
            send(path, {method: 'POST', mode, body: new Blob([body], {type: 'text/plain'})});
        }
        send(path, {method: 'POST', body, headers: {'Content-Type': 'application/json'}});
        navigator.sendBeacon(`${url}/_mock/${path}`, body);
    }
    send('faults', {method: 'DELETE'});
    const image = new Image();
    attempts.push(new Promise(done => image.onerror = image.onload = done));
    image.src = `${url}/_mock/tasks`;
    const frame = document.createElement('iframe'), form = document.createElement('form');
    frame.name = 'target';
    Object.assign(form, {method: 'POST', action: `${url}/_mock/reset`, target: 'target'});
    document.body.append(frame, form);
    attempts.push(new Promise(done => frame.onload = done));
    form.submit();
    await Promise.allSettled(attempts);
}"""


@pytest.fixture(params=["other port", "other name"])
def foreign_page(
    request: pytest.FixtureRequest, other_server: OtherServer, open_page: Callable[..., Page]
) -> Page:
    port = other_server.url.rpartition(":")[2]
    name = "127.0.0.1" if request.param == "other port" else "app.localhost"
    return open_page(f"http://{name}:{port}/", may_fail=True)


def test_foreign_page_uses_the_api(foreign_page: Page, served: Served) -> None:
    arguments = [served.url, served.create.path, served.example, served.engine.api_key]
    status, task_id, request_id, refused = foreign_page.evaluate(USE_API, arguments)
    assert (status, refused) == (200, 400)
    assert served.engine.account.tasks.get(task_id) is not None
    assert served.engine.requests.find(request_id) is not None


def test_foreign_page_cannot_use_the_admin_api(foreign_page: Page, served: Served) -> None:
    served.task()
    now = served.engine.clock.now()
    account = served.engine.account
    assert foreign_page.evaluate(READ, served.url) == []
    foreign_page.evaluate(DRIVE, served.url)
    assert served.engine.account is account
    assert served.engine.clock.now() == now
    assert not served.engine.faults.waiting
    # Over the same connection pool, the own page can.
    assert served.client.post("/_mock/clock", json={"advance": 1}).status_code == 200


def test_foreign_page_cannot_frame_the_page(foreign_page: Page, served: Served) -> None:
    foreign_page.set_content(f'<iframe src="{served.url}"></iframe>')
    expect(foreign_page.frame_locator("iframe").get_by_role("tab")).to_have_count(0)


def test_name_that_was_made_to_resolve_here_gets_nothing(
    served: Served, open_page: Callable[..., Page]
) -> None:
    # What a page sees after DNS rebinding: its own origin leads to the mock.
    port = served.url.rpartition(":")[2]
    page = open_page(f"http://rebound.localhost:{port}/", may_fail=True)
    expect(page.locator("#connection")).to_contain_text("not connected")
    account = served.engine.account
    assert all("forbidden_host" in text for text in page.evaluate(READ, ""))
    page.evaluate(DRIVE, "")
    assert served.engine.account is account
    assert not served.engine.faults.waiting
