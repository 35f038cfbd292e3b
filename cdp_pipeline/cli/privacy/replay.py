"""`cdp privacy replay`: erasures carried out again, after a backup was brought back."""

from __future__ import annotations

from cdp_pipeline.cli.app import HERE, ProjectOption, load_existing
from cdp_pipeline.cli.privacy.erase import finished_in_words, of_the_orchestrator
from cdp_pipeline.cli.privacy.group import privacy


@privacy.command(epilog="Example: cdp privacy replay --project /srv/cdp")
def replay(project: ProjectOption = HERE) -> None:
    """Erase again whom a backup brought back. Run it after every restore, before the next night.

    Goes by the tombstones of the control database and by those of the certificates in data/privacy.
    """
    from cdp_pipeline.control.audit import logged_in_person
    from cdp_pipeline.nightly.erasure.erase import resume_erasures
    from cdp_pipeline.nightly.erasure.replay import replay_erasures
    from cdp_pipeline.screen import console, errors_in_words

    with errors_in_words():
        loaded = load_existing(project)
        for done in resume_erasures(loaded, of_the_orchestrator()):
            console.print(finished_in_words(done), highlight=False, soft_wrap=True)
        again = replay_erasures(loaded, logged_in_person(), of_the_orchestrator())
        if again is None:
            console.print("Nobody who was erased is there.")
        else:
            console.print(finished_in_words(again), highlight=False, soft_wrap=True)
