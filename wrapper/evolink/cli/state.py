"""What one run of the command has been told, and what it has begun."""

from __future__ import annotations

from .settings import Settings

PROGRAM = "evolink-client"
# How a shell asks for completions.
COMPLETION_VARIABLE = f"_{PROGRAM.replace('-', '_').upper()}_COMPLETE"
# Of the task ids in a command that the user is told to run.
_LONGEST_LIST = 50


class RunState:
    """The settings of a run, and what a person needs to know when it ends early.

    Attributes:
        settings: The common options.
        path: The words that name the command.
        submission_key: The idempotency key of a submission whose outcome is not known yet.
        unfinished: The ids of tasks that go on without this command.
    """

    def __init__(self) -> None:
        self.settings: Settings = Settings()
        self.path: tuple[str, ...] = (PROGRAM,)
        self.submission_key: str | None = None
        self.unfinished: dict[str, None] = {}
        self._resume: tuple[str, ...] = ()
        # Of a command that goes on by itself, when it is run again.
        self._resume_command: str | None = None

    @property
    def help_command(self) -> str:
        """The command that says which values are right."""
        import shlex

        return shlex.join([*self.path, "--help"])

    def task_begun(self, task_id: str) -> None:
        """Remember a task that now goes on without this command, unless the same command finds it again."""
        if self._resume_command is None:
            self.unfinished[task_id] = None
        self.submission_key = None

    def resume_with(self, action: str, *options: str) -> None:
        """Say which command of `tasks` goes on with the unfinished ones."""
        self._resume = (action, *options)

    @property
    def resume_command(self) -> str | None:
        """The command that goes on with what is unfinished, if anything is."""
        if self._resume_command is not None:
            return self._resume_command
        if not self.unfinished or not self._resume or self.settings.mock:
            return None
        action, *options = self._resume
        return self.command_line("tasks", action, *list(self.unfinished)[:_LONGEST_LIST], *options)

    @resume_command.setter
    def resume_command(self, command: str) -> None:
        self._resume_command = command

    def command_line(self, *words: str) -> str:
        """A command that the user can run next, with the options that it needs; never the API key."""
        import shlex

        base_url = [] if self.settings.base_url is None else ["--base-url", self.settings.base_url]
        return shlex.join([PROGRAM, *words, *base_url])


def charge_advice(idempotency_key: str) -> str:
    """What to do about a submission whose outcome is unknown."""
    return (
        f"The job may have been charged, under idempotency key {idempotency_key}: look at your dashboard."
        f" The same command with --idempotency-key {idempotency_key} is not charged twice."
    )
