"""Operators: they edit rule files, well and badly, use the command line, restart the daemon, make backups and put old ones back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Protocol

from sim.chance import DrawnEntropy, poisson_gap, stream
from sim.model import Model
from sim.pace import Pace
from sim.place import PUBLIC_URL, RULE
from sim.promised import SET_ASIDE
from sim.truth import Kind
from sim.world import Sent, World
from sim.writing import ADDRESS
from triage.adapters.keys import load_keys
from triage.adapters.rulefiles import RuleFiles
from triage.core.cases.events import EventKind
from triage.core.failures import TriageError
from triage.core.oncall.answers import Answer, PageAnswer
from triage.core.oncall.page import PageEvent, PageEventKind
from triage.core.settings import Config
from triage.store import cases, folders, ledger, pages, quarantine
from triage.store.backup import Label, back_up
from triage.store.database import open_store
from triage.store.restore import restore
from triage.workers import case_acts, paging
from triage.workers.case_acts import CaseAct
from triage.workers.desk import Desk
from triage.workers.incidents import kept
from triage.workers.page_links import act_on_link, look_at_link

BROKEN = "[[rule]]\nname = 'half a rule\n"


class Service(Protocol):
    """What operators and people on call can do to the running program."""

    def stop(self, for_s: float) -> None: ...

    def look_at_rules(self) -> None: ...

    def cannot(self, person: str, page_id: int) -> None:
        """Somebody has said that they cannot take this page."""

    def rules(self) -> RuleFiles: ...

    def store_replaced(self, made_at: datetime) -> None: ...


class Operators:
    def __init__(self, world: World, model: Model, config: Config, service: Service, often: float, pace: Pace) -> None:
        self._often = often
        self._world, self._model, self._config, self._service = world, model, config, service
        self._random = stream(world.seed, "operators")
        self._entropy = DrawnEntropy(world.seed + 1)
        self._backups = config.instance.state_dir.parent / "backups"
        self._backup: tuple[Path, datetime] | None = None
        world.on_mail.append(self._hear)
        self._acts: tuple[tuple[float, Callable[[], None]], ...] = (
            (0.15, self.edit_rules),
            (1.0, self.act_on_case),
            (0.15, self.restart),
            (pace.backups, self.make_backup),
            (pace.put_back, self.put_backup_back),
            (pace.disks_lost, self.lose_disk),
        )

    def begin(self, *, put_back: bool) -> None:
        """`put_back`: old backups, too."""
        for per_day, act in self._acts:
            if put_back or act not in (self.put_backup_back, self.lose_disk):
                self._world.agenda.again_and_again(partial(poisson_gap, self._random, per_day * self._often), act)

    # --- files and processes -----------------------------------------------------------------------------------------------

    def edit_rules(self) -> None:
        """Badly, now and then; then it is mended some minutes later."""
        path = self._config.instance.rules_dir / "90-operators.toml"
        good = self._random.random() < 0.6
        self._world.trace.count("rules edited" if good else "rules broken")
        path.write_text(RULE.format(word=f"word{self._random.randrange(1000)}") if good else BROKEN)
        for after in (1, 2):
            self._world.agenda.after(after, self._service.look_at_rules)
        if not good:
            self._world.agenda.after(self._random.uniform(60, 3_600), self._mend_rules)

    def _mend_rules(self) -> None:
        (self._config.instance.rules_dir / "90-operators.toml").unlink(missing_ok=True)
        self._world.agenda.after(1, self._service.look_at_rules)

    def restart(self) -> None:
        self._world.trace.count("restarted")
        self._service.stop(self._random.uniform(1, 20))

    def make_backup(self) -> None:
        try:
            made, _ = back_up(self._config.instance.state_dir, self._backups, Label(self._world.clock.at, "", ""))
        except TriageError as failure:
            self._world.trace.line(f"no backup: {failure.message}")
            return
        self._world.trace.count("backup made")
        self._backup = made, self._world.clock.at

    def lose_disk(self) -> None:
        """A backup, and within ten days it is needed."""
        self.make_backup()
        self._world.agenda.after(self._random.uniform(0.1, 10.0) * 86_400.0, self.put_backup_back)

    def put_backup_back(self) -> None:
        if self._backup is None:
            return
        path, made_at = self._backup
        self._world.trace.count("backup put back", f"of {made_at:%Y-%m-%d %H:%M}")
        self._service.stop(self._random.uniform(30, 600))
        restore(self._config.instance.state_dir, path, self._world.clock.now())
        self._service.store_replaced(made_at)

    def clear_quarantine(self) -> None:
        """What the server does not give is deleted there, and asked for once more: then it is gone."""
        with self._desk() as desk, desk.store.write():
            for one in quarantine.everything(desk.store):
                if ledger.raw(desk.store, one.row.id):
                    continue
                folder = self._world.server.folders[one.row.folder]
                if folder.uidvalidity == one.row.uidvalidity and one.row.uid in folder.held:
                    folder.take(one.row.uid)
                quarantine.forget(desk.store, one.row.id)
                folders.step_back(desk.store, one.row.folder, one.row.uid)
                self._world.trace.count("quarantine cleared")

    def _hear(self, sent: Sent) -> None:
        if SET_ASIDE in sent.subject:
            self._world.agenda.after(self._random.uniform(600, 10_000), self.clear_quarantine)

    # --- the command line beside the daemon -----------------------------------------------------------------------------------

    @contextmanager
    def _desk(self) -> Iterator[Desk]:
        state_dir = self._config.instance.state_dir
        rules = self._service.rules()
        with open_store(state_dir) as store:
            yield Desk(self._config, store, lambda: rules, self._entropy, load_keys(state_dir, self._entropy), partial(kept, store))

    def act_on_case(self) -> None:
        known = [one for one in self._model.cases.values() if one.status != "closed"][-40:]
        if not known:
            return
        number = self._random.choice(known).number
        act, event = self._random.choice(
            (
                (case_acts.set_severity(2), "severity-set"),
                (CaseAct(_EVENTS["closed-by-team"]), "closed-by-team"),
                (CaseAct(_EVENTS["opened-by-team"]), "opened-by-team"),
                (case_acts.note("seen"), "noted"),
            )
        )
        now = self._world.clock.now()
        try:
            with self._desk() as desk, desk.store.write():
                case_acts.act_on_case(desk, cases.get_existing(desk.store, number), act, "ana", now)
        except TriageError as failure:
            self._world.trace.line(f"command line: {failure.message}")
            return
        self._world.trace.count("command line: " + event, f"#{number}")
        self._model.by_hand.add((number, event))

    # --- people on call ---------------------------------------------------------------------------------------------------------

    def act_on_page(self, how: str, person: str, payload: dict[str, object]) -> None:
        if how == "mail":
            self._answer_by_mail(person, payload)
            return
        page_id = int(str(payload["page"]))
        token = str(payload.get("ack_link", "")).removeprefix(f"{PUBLIC_URL}/p/")
        now = self._world.clock.now()
        try:
            with self._desk() as desk:
                if how == "scan":
                    look_at_link(desk, token, now)
                    self._world.trace.count("link opened by a scanner")
                    return
                with desk.store.write():
                    if how == "settle":
                        self._lower_all(desk, page_id, now)
                    elif how == "command line":
                        stored = pages.get(desk.store, page_id)
                        if stored is not None:
                            paging.advance(desk, stored, PageEvent(PageEventKind.ACKNOWLEDGED, by=person), now)
                    else:
                        said = PageAnswer(Answer.CANNOT if how == "cannot" else Answer.ACKNOWLEDGE)
                        act_on_link(desk, token, said, None, now)
                        if how == "cannot":
                            self._service.cannot(person, page_id)
        except TriageError as failure:
            self._world.trace.line(f"page {page_id}: {failure.message}")
            return
        self._world.trace.count(f"page answered: {how}", f"page {page_id} by {person}")

    def _lower_all(self, desk: Desk, page_id: int, now: datetime) -> None:
        """It is no emergency any more: every case of the page."""
        stored = pages.get(desk.store, page_id)
        for number in stored.page.open_cases if stored is not None else ():
            case_acts.act_on_case(desk, cases.get_existing(desk.store, number), case_acts.set_severity(2), "ana", now)
            self._model.by_hand.add((number, "severity-set"))

    def _answer_by_mail(self, person: str, payload: dict[str, object]) -> None:
        subject = f"Re: {payload.get('mail_subject') or payload.get('summary')}"
        letter = self._world.write(
            Kind.PAGE_ANSWER, f"{person}@pager.example", ADDRESS, subject, "ack\n", None, answers=str(payload["message_id"])
        )
        self._world.post(letter)


_EVENTS = {kind.value: kind for kind in EventKind}
