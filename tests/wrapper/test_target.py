"""What a download leaves on the disk, and what it does when that refuses."""

import contextlib
import errno
import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from wrapper.fakes import KEY, World
from wrapper.hosts import DATA, TASK_ID, Host, files

import evolink
from evolink._downloads.sink import FileSink, _naming
from evolink._http.httpx_io import AsyncIO


class TestDisks:
    def test_an_unwritable_folder_is_a_download_error(self, world: World, host: Host, tmp_path: Path) -> None:
        (tmp_path / "file").write_bytes(b"")

        with pytest.raises(evolink.DownloadError, match="cannot write"):
            world.do(world.finished(host).download(tmp_path / "file" / "cat.mp4"))

    def test_a_name_of_the_longest_size_is_downloaded_and_resumed(
        self, world: World, host: Host, tmp_path: Path
    ) -> None:
        name = "\xe4" * 125 + ".mp4"
        host.cuts = [1000]
        with pytest.raises(evolink.IncompleteDownload):
            world.do(world.finished(host, max_retries=0).download(tmp_path / name))

        world.do(world.finished(host).download(tmp_path / name))

        assert host.asked[-1] == "bytes=1000-"
        assert files(tmp_path) == [name]

    def test_a_file_system_without_locks_is_written_to(
        self, world: World, host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def flock(*_: object) -> None:
            raise OSError(errno.ENOLCK, "No locks available")

        monkeypatch.setattr("evolink._downloads.sink.fcntl.flock", flock)

        world.do(world.finished(host).download(tmp_path / "cat.mp4"))

        assert files(tmp_path) == ["cat.mp4"]

    def test_a_full_disk_is_reported_and_keeps_the_part(
        self, world: World, host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        task = world.finished(host)
        flush = FileSink.flush

        def full(sink: Any) -> None:
            if sink.offset >= 30_000:
                with _naming("the disk"):
                    raise OSError(28, "No space left on device")
            flush(sink)

        monkeypatch.setattr(AsyncIO, "write_size", 10_000)
        monkeypatch.setattr(FileSink, "flush", full)
        with pytest.raises(evolink.DownloadError, match="No space left") as caught:
            world.do(task.download(tmp_path / "cat.mp4"))
        assert not isinstance(caught.value, evolink.IncompleteDownload)
        assert len(host.requests) == 1
        assert files(tmp_path) == ["cat.mp4.part", "cat.mp4.part.json"]

        monkeypatch.undo()
        world.do(task.download(tmp_path / "cat.mp4"))
        assert (tmp_path / "cat.mp4").read_bytes() == DATA
        assert host.asked[-1] == "bytes=30000-"

    def test_files_follow_the_umask(self, world: World, host: Host, tmp_path: Path) -> None:
        old = os.umask(0o027)
        try:
            (path,) = world.do(world.finished(host).download(tmp_path))
        finally:
            os.umask(old)

        assert stat.S_IMODE(path.stat().st_mode) == 0o640

    def test_the_state_file_has_neither_link_nor_key(self, world: World, host: Host, tmp_path: Path) -> None:
        host.cuts = [1000]
        with pytest.raises(evolink.IncompleteDownload):
            world.do(world.finished(host, max_retries=0).download(tmp_path / "cat.mp4"))

        kept = (tmp_path / "cat.mp4.part.json").read_text()
        assert "sig=abc" not in kept
        assert KEY not in kept
        assert json.loads(kept)["total"] == len(DATA)


class TestLinksOnTheDisk:
    """Somebody else's file must not be written through a link."""

    @pytest.fixture
    def other(self, tmp_path: Path) -> Any:
        path = tmp_path / "other"
        path.write_bytes(b"precious")
        yield path
        assert path.read_bytes() == b"precious"

    @pytest.mark.parametrize("make", [os.symlink, os.link])
    def test_a_part_that_is_a_link_is_refused(
        self, world: World, host: Host, tmp_path: Path, other: Any, make: Any
    ) -> None:
        make(other, tmp_path / "cat.mp4.part")

        with pytest.raises(evolink.DownloadError, match=r"cat\.mp4\.part is .* link .*: delete it"):
            world.do(world.finished(host).download(tmp_path / "cat.mp4"))

        assert host.requests == []

    @pytest.mark.parametrize("make", [os.symlink, os.link])
    def test_a_state_that_is_a_link_is_replaced(
        self, world: World, host: Host, tmp_path: Path, other: Any, make: Any
    ) -> None:
        make(other, tmp_path / "cat.mp4.part.json")
        host.cuts = [1000]

        with pytest.raises(evolink.IncompleteDownload):
            world.do(world.finished(host, max_retries=0).download(tmp_path / "cat.mp4"))

        assert json.loads((tmp_path / "cat.mp4.part.json").read_text())["task"] == TASK_ID

    def test_a_result_that_is_a_link_is_replaced(
        self, world: World, host: Host, tmp_path: Path, other: Any
    ) -> None:
        (tmp_path / "cat.mp4").symlink_to(other)

        world.do(world.finished(host).download(tmp_path / "cat.mp4"))

        assert not (tmp_path / "cat.mp4").is_symlink()

    @pytest.mark.parametrize("suffix", [".part", ".part.json"])
    def test_a_pipe_does_not_block(self, world: World, host: Host, tmp_path: Path, suffix: Any) -> None:
        os.mkfifo(tmp_path / f"cat.mp4{suffix}")

        with contextlib.suppress(evolink.DownloadError):
            world.do(world.finished(host).download(tmp_path / "cat.mp4"))


class TestNames:
    def test_tasks_with_similar_ids_have_files_of_their_own(
        self, world: World, host: Host, tmp_path: Path
    ) -> None:
        ids = ["a/b", "a_b", "\xe4", "\xf6", "x" * 200, "x" * 199]
        for task_id in ids:
            task = world.finished(host)
            task._raw = {**task._raw, "id": task_id}
            world.do(task.download(tmp_path))

        assert len(files(tmp_path)) == len(ids)

    @pytest.mark.parametrize("name", ["new", "new/", "new.d/"])
    def test_a_missing_folder_is_made(self, world: World, host: Host, tmp_path: Path, name: Any) -> None:
        (path,) = world.do(world.finished(host).download(f"{tmp_path}/{name}"))

        assert path == tmp_path / name / f"{TASK_ID}.mp4"
        assert path.read_bytes() == DATA

    def test_a_file_where_a_folder_is_needed_is_kept(self, world: World, host: Host, tmp_path: Path) -> None:
        (tmp_path / "videos").write_bytes(b"mine")

        with pytest.raises(evolink.DownloadError, match="cannot write"):
            world.do(world.finished(host).download(tmp_path / "videos"))

        assert (tmp_path / "videos").read_bytes() == b"mine"

    @pytest.mark.parametrize("name", ["nul\0.mp4", "\ud800.mp4", "x" * 300 + ".mp4"])
    def test_a_name_that_no_file_can_have_is_a_download_error(
        self, world: World, host: Host, tmp_path: Path, name: Any
    ) -> None:
        with pytest.raises(evolink.DownloadError, match="cannot write"):
            world.do(world.finished(host).download(f"{tmp_path}/{name}"))

    @pytest.mark.parametrize("wrong", [None, 5, b"cat.mp4"])
    def test_a_target_of_another_type_is_a_type_error(self, world: World, host: Host, wrong: Any) -> None:
        with pytest.raises(TypeError, match="target"):
            world.do(world.finished(host).download(wrong))
