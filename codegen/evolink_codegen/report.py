"""What a run of `vendor` or `sync` does to the documents, as Markdown and as entries of the changelog."""

from __future__ import annotations

from ._diff import Step, as_markdown, version_step
from .ingest import IngestedDocument, IngestPlan

_STEPS: tuple[Step, ...] = ("major", "minor", "patch")


def step_of(plan: IngestPlan) -> Step | None:
    """The step of the client's version that the whole run asks for, None if nothing changes."""
    steps: list[Step] = [_document_step(one) for one in plan.ingested]
    if plan.pruned:
        steps.append("major")
    elif plan.withdrawn and plan.files:
        steps.append("minor")  # their models are deprecated
    return min(steps, key=_STEPS.index, default=None)


def _document_step(ingested: IngestedDocument) -> Step:
    if ingested.changes is None:
        return "minor"
    return version_step(ingested.changes) or "patch"


def as_report(plan: IngestPlan, *, is_dry_run: bool) -> str:
    """What becomes of each document, with the changes of those that differ, as Markdown."""
    lines = [f"{slug}: unchanged" for slug in plan.unchanged]
    lines += [f"{slug}: withdrawn, {'removed' if slug in plan.pruned else 'kept'}" for slug in plan.withdrawn]
    for one in plan.ingested:
        if one.changes is None:
            lines.append(f"### {one.document.slug}: new\n")
        else:
            lines.append(f"### {one.document.slug}: changed ({_document_step(one)})\n")
            lines.append(as_markdown(one.changes))
    step = step_of(plan)
    if step is not None:
        outlook = "Nothing was written." if is_dry_run else "Run `make generate`."
        lines.append(f"\nThe client's next version is a {step} one. {outlook}")
    return "".join(f"{line}\n" for line in lines)


def summary(plan: IngestPlan) -> str:
    """How many documents are new, changed and so on, on one line."""
    new = sum(one.changes is None for one in plan.ingested)
    counts = {
        "new": new,
        "changed": len(plan.ingested) - new,
        "unchanged": len(plan.unchanged),
        "withdrawn": len(plan.withdrawn),
        "refused": len(plan.refused),
    }
    return ", ".join(f"{count} {what}" for what, count in counts.items())


def changelog_entries(plan: IngestPlan) -> dict[str, list[str]]:
    """What users notice of the run, by section of the changelog."""
    entries: dict[str, list[str]] = {"Added": [], "Changed": [], "Deprecated": [], "Removed": []}
    for one in plan.ingested:
        slug = one.document.slug
        if one.changes is None:
            entries["Added"].append(f"Document: `{slug}`.")
            continue
        for line in as_markdown([change for change in one.changes if change.level != "docs"]).splitlines():
            if line.startswith("- "):
                entries["Changed"].append(f"`{slug}`, {line.removeprefix('- ')}.")
    for slug in plan.withdrawn if plan.files else ():
        is_removed = slug in plan.pruned
        entries["Removed" if is_removed else "Deprecated"].append(
            f"Document, withdrawn by the vendor: `{slug}`."
        )
    return entries
