"""What a download leaves on the disk, and what it does when that refuses."""

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from wrapper.fakes import Finished, World
from wrapper.hosts import DATA, Host, files

import evolink
from evolink._downloads import target
from evolink._http.io import AsyncIO


class TestDisks:
    def test_an_unwritable_folder_is_a_download_error(
        self, world: World, host: Host, finished: Finished, tmp_path: Path
    ) -> None:
        (tmp_path / "file").write_bytes(b"")

        with pytest.raises(evolink.DownloadError, match="cannot write"):
            world.do(finished().download(tmp_path / "file" / "cat.mp4"))

    def test_a_full_disk_is_reported_and_keeps_the_part(
        self, world: World, host: Host, finished: Finished, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        task = finished()
        flush = target.FileSink.flush

        def full(sink: Any) -> None:
            if sink.offset >= 30_000:
                with target._naming("the disk"):
                    raise OSError(28, "No space left on device")
            flush(sink)

        monkeypatch.setattr(AsyncIO, "write_size", 10_000)
        monkeypatch.setattr(target.FileSink, "flush", full)
        with pytest.raises(evolink.DownloadError, match="No space left") as caught:
            world.do(task.download(tmp_path / "cat.mp4"))
        assert not isinstance(caught.value, evolink.IncompleteDownload)
        assert len(host.requests) == 1
        assert files(tmp_path) == ["cat.mp4.part", "cat.mp4.part.json"]

        monkeypatch.undo()
        world.do(task.download(tmp_path / "cat.mp4"))
        assert (tmp_path / "cat.mp4").read_bytes() == DATA
        assert host.asked[-1] == "bytes=30000-"

    def test_an_error_in_on_progress_is_raised_unchanged(
        self, world: World, host: Host, finished: Finished, tmp_path: Path
    ) -> None:
        def broken(done: Any, total: Any) -> None:
            raise LookupError("mine")

        with pytest.raises(LookupError, match="mine"):
            world.do(finished().download(tmp_path / "cat.mp4", on_progress=broken))

        world.do(finished().download(tmp_path / "cat.mp4"))
        assert (tmp_path / "cat.mp4").read_bytes() == DATA

    def test_files_follow_the_umask(
        self, world: World, host: Host, finished: Finished, tmp_path: Path
    ) -> None:
        old = os.umask(0o027)
        try:
            (path,) = world.do(finished().download(tmp_path))
        finally:
            os.umask(old)

        assert stat.S_IMODE(path.stat().st_mode) == 0o640

    def test_the_state_file_has_neither_link_nor_key(
        self, world: World, host: Host, finished: Finished, tmp_path: Path, key: str
    ) -> None:
        host.cuts = [1000]
        with pytest.raises(evolink.IncompleteDownload):
            world.do(finished(max_retries=0).download(tmp_path / "cat.mp4"))

        kept = (tmp_path / "cat.mp4.part.json").read_text()
        assert "sig=abc" not in kept
        assert key not in kept
        assert json.loads(kept)["total"] == len(DATA)
