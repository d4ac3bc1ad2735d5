"""rules/oncall.toml: a small file is enough, every mistake is told with its place, and what ships loads."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from triage.adapters.pagers.kinds import KINDS, faults_of
from triage.adapters.rulefiles.oncall import read_oncall
from triage.core.oncall.budgets import Window
from triage.core.oncall.drill_plan import DrillPlan
from triage.core.oncall.people import PROBE, Medium, Privacy
from triage.core.oncall.policy import OnCall
from triage.core.oncall.rota import Away, HandOff, Hours, Layer, Override, on_call
from triage.core.problems import Problem, Weight

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SHIPPED = Path(__file__).parents[3] / "rules" / "oncall.toml"
NAMES = {name: (tuple(s.name for s in kind.required), tuple(s.name for s in kind.optional)) for name, kind in KINDS.items()}

PERSON = """
[[person]]
name = "ana"
[[person.contact]]
kind = "email"
to = "Ana@Wise.example"
"""
ROTA = """
[rota.primary]
people = ["ana"]
"""
SMALL = PERSON + ROTA + "[policy.emergency]\n"


def read(text: str) -> tuple[OnCall | None, list[Problem]]:
    return read_oncall(text, "oncall.toml", NAMES, NOW, faults_of)


def good(text: str) -> OnCall:
    oncall, problems = read(text)
    assert [problem for problem in problems if problem.weight is Weight.ERROR] == []
    assert oncall is not None
    return oncall


def errors(text: str) -> list[Problem]:
    oncall, problems = read(text)
    found = [problem for problem in problems if problem.weight is Weight.ERROR]
    assert (oncall is None) is bool(found)
    return found


def test_one_person_with_one_mail_address_is_enough_to_start():
    oncall = good(SMALL)
    plan = oncall.policies["emergency"]
    assert oncall.on_call("primary", NOW) is oncall.people["ana"]
    assert [level.at for level in plan.levels] == [timedelta(), timedelta(minutes=2), timedelta(minutes=5)]
    assert plan.broadcast == ("everybody",)
    assert oncall.people["ana"].addresses == {"ana@wise.example"}


def test_one_contact_is_a_warning_and_not_an_error():
    _, (problem,) = read(SMALL)
    assert problem.weight is Weight.WARNING
    assert "one contact method only" in problem.message
    assert (problem.line, problem.key) == (3, 'person "ana": name')


def test_a_policy_need_not_be_written_at_all():
    assert "emergency" in good(PERSON + ROTA).policies


def test_the_shipped_file_loads_reaches_nobody_real_and_warns_only_about_its_example():
    oncall, problems = read(SHIPPED.read_text())
    assert oncall is not None
    assert [problem.weight for problem in problems] == [Weight.WARNING]
    assert {contact.settings["to"] for person in oncall.people.values() for contact in person.contacts} == {"oncall@example.com"}


def test_every_commented_line_of_the_shipped_file_is_right():
    """Operators take the comments out; what is under them must load."""
    lines = [
        line
        for line in SHIPPED.read_text().splitlines()
        if not line.startswith(("# kind  ", "# privacy  ", "# medium  ", "# failure_domain  "))
    ]
    taken_out = [
        line[2:] if line.startswith("# ") and (line[2:].startswith("[") or " = " in line.partition("#")[2].partition("#")[0]) else line
        for line in lines
    ]
    text = "\n".join(taken_out).replace('"ben"', '"ana"').replace('auth_token = "..."', 'auth_token = "secret"')
    oncall = good(text)
    assert set(oncall.people) == {"example", "ana", "team-mailbox"}
    assert oncall.policies["emergency"].levels[1].again
    assert len(oncall.rotas["primary"].layers) == 2


def test_everything_written_is_read():
    oncall = good(
        PERSON
        + """
[[person]]
name = "ben"
display = "Ben Okri"
zone = "Africa/Lagos"
addresses = ["ben@home.example"]
[[person.contact]]
kind = "ntfy"
name = "watch"
topic = "ben-1"
privacy = "number"
[[person.contact]]
kind = "twilio-call"
account_sid = "AC1"
auth_token = "secret"
from = "+411"
to = "+412"
failure_domain = "phone"
[[person.contact]]
kind = "webhook"
url = "https://hooks.example/x"
medium = "provider"

[[channel]]
name = "room"
[[channel.contact]]
kind = "slack"
url = "https://hooks.slack.example/x"

[[away]]
person = "ben"
from = 2026-12-01
until = 2026-12-03T12:00:00

[rota.primary]
zone = "Europe/London"
hand_off = "tuesday 10:30"
start = 2026-01-06
people = ["ana", "ben"]
[[rota.primary.layer]]
hours = "20:00-24:00"
hand_off = "daily 20:00"
people = ["ben"]
[[rota.primary.override]]
person = "ben"
from = 2026-06-01T09:00:00
until = 2026-06-02T09:00:00Z

[policy.emergency]
broadcast = ["room", "ben"]
broadcast_at = "12m"
broadcast_every = ["5m", "15m"]
ack_ttl = "45m"
[[policy.emergency.level]]
at = "0s"
to = "primary"
by = ["push", "provider"]
[[policy.emergency.level]]
at = "90s"
to = ["primary", "ana"]
again = true

[budgets]
voice = ["2/10m", "9/h"]
text = []
per_author = "5/2h"

[storm]
partners = 4
within = "20m"
steps = [4, 40]

[drill]
weekly = "sunday 9:30"
zone = "Europe/London"
wait = "15m"

[probe]
kind = "webhook"
url = "https://probes.example/x"
"""
    )
    ben, rota, plan = oncall.people["ben"], oncall.rotas["primary"], oncall.policies["emergency"]
    assert (ben.display, ben.zone, ben.addresses) == ("Ben Okri", "Africa/Lagos", {"ben@home.example"})
    assert [(c.name, c.medium, c.privacy, c.failure_domain) for c in ben.contacts] == [
        ("watch", Medium.PUSH, Privacy.NUMBER, "ntfy"),
        ("twilio-call", Medium.VOICE, Privacy.FULL, "phone"),
        ("webhook", Medium.PROVIDER, Privacy.FULL, "hooks.example"),
    ]
    assert not oncall.people["room"].human
    assert rota.layers == (
        Layer(("ben",), HandOff(time(20)), date(2024, 1, 1), Hours(time(20), time(0))),
        Layer(("ana", "ben"), HandOff(time(10, 30), 1), date(2026, 1, 6)),
    )
    assert rota.overrides == (Override("ben", datetime(2026, 6, 1, 8, tzinfo=UTC), datetime(2026, 6, 2, 9, tzinfo=UTC)),)
    assert rota.away == (Away("ben", datetime(2026, 11, 30, 23, tzinfo=UTC), datetime(2026, 12, 3, 11, tzinfo=UTC)),)
    assert (plan.broadcast, plan.broadcast_at, plan.ack_ttl) == (("room", "ben"), timedelta(minutes=12), timedelta(minutes=45))
    assert plan.broadcast_every == (timedelta(minutes=5), timedelta(minutes=15))
    assert [(level.at, level.targets, level.by, level.again) for level in plan.levels] == [
        (timedelta(), ("primary",), {Medium.PUSH, Medium.PROVIDER}, False),
        (timedelta(seconds=90), ("primary", "ana"), frozenset(), True),
    ]
    assert oncall.budgets.windows[Medium.VOICE] == (Window(2, timedelta(minutes=10)), Window(9, timedelta(hours=1)))
    assert oncall.budgets.windows[Medium.TEXT] == ()
    assert oncall.budgets.per_author == Window(5, timedelta(hours=2))
    assert oncall.drill == DrillPlan(6, time(9, 30), ZoneInfo("Europe/London"), timedelta(minutes=15))
    assert oncall.probe is not None
    assert (oncall.probe.name, oncall.probe.kind) == ("webhook", "webhook")
    assert oncall.contact(PROBE, "webhook") == oncall.probe
    assert PROBE not in oncall.people
    assert (oncall.storms.partners, oncall.storms.within, oncall.storms.steps) == (4, timedelta(minutes=20), (4, 40))


@dataclass(frozen=True)
class Mistake:
    about: str
    text: str
    key: str
    says: str
    hint: str = ""


MISTAKES = [
    Mistake("not TOML", "[[person]", "", "not valid TOML"),
    Mistake("nobody at all", "", "person", "is missing"),
    Mistake("no rota", PERSON, "rota", "is missing"),
    Mistake("drill without a weekday", SMALL + "[drill]\nweekly = 'daily 10:00'", "drill.weekly", "must begin with a weekday"),
    Mistake("drill too short", SMALL + "[drill]\nweekly = 'monday 10:00'\nwait = '5s'", "drill.wait", "from 1m to 1h"),
    Mistake("probe without a kind", SMALL + "[probe]\nurl = 'https://probes.example/x'", "probe.kind", "is missing"),
    Mistake("probe that rings", SMALL + "[probe]\nkind = 'pagerduty'\nrouting_key = 'x'", "probe.kind", "would wake people"),
    Mistake("unknown key", SMALL + "[holidays]\n", "holidays", "not a known key"),
    Mistake("odd name", SMALL.replace('"ana"', '"Ana S"'), 'person "Ana S": name', "short name"),
    Mistake("reserved name", SMALL.replace('"ana"', '"everybody"'), 'person "everybody": name', "meaning of its own"),
    Mistake("same person twice", PERSON + SMALL, 'person "ana": name', "given twice"),
    Mistake("no contact", '[[person]]\nname = "ben"\n' + SMALL, 'person "ben"', "cannot be reached"),
    Mistake("unknown kind", SMALL.replace('"email"', '"emial"'), 'person "ana": contact[1].kind', "must be", 'did you mean "email"?'),
    Mistake("missing setting", SMALL.replace("to =", "too ="), 'person "ana": contact[1].to', "is missing"),
    Mistake("wrong setting", SMALL.replace('"Ana@Wise.example"', "7"), 'person "ana": contact[1].to', "wrong form"),
    Mistake(
        "bad zone",
        SMALL + "[rota.night]\nzone = 'Europe/Londn'\npeople = ['ana']",
        "rota.night.zone",
        "IANA",
        'did you mean "Europe/London"?',
    ),
    Mistake("unknown person", SMALL.replace('["ana"]', '["anna"]'), "rota.primary.people[1]", "not known", 'did you mean "ana"?'),
    Mistake("empty rota", SMALL.replace('["ana"]', "[]"), "rota.primary.people", "is missing"),
    Mistake("rota named as a person", SMALL.replace("[rota.primary]", "[rota.ana]"), "rota.ana", "name of a person"),
    Mistake("odd hand-off", ROTA + "hand_off = 'moonday 9:00'" + PERSON, "rota.primary.hand_off", "weekday", 'did you mean "monday"?'),
    Mistake(
        "hand-off in a DST hole",
        ROTA + "zone='America/New_York'\nhand_off='daily 02:30'" + PERSON,
        "rota.primary.hand_off",
        "change of the clocks",
    ),
    Mistake("start in the future", ROTA + "start = 2027-01-01" + PERSON, "rota.primary", "has a gap"),
    Mistake(
        "hours nobody covers",
        PERSON + "[rota.primary]\n[[rota.primary.layer]]\nhours='08:00-20:00'\npeople=['ana']\n",
        "rota.primary",
        "has a gap",
    ),
    Mistake(
        "override backwards",
        SMALL + "[[rota.primary.override]]\nperson='ana'\nfrom=2026-01-02\nuntil=2026-01-01",
        "rota.primary.override[1].until",
        "not after",
    ),
    Mistake(
        "override of nobody",
        SMALL + "[[rota.primary.override]]\nfrom=2026-01-01\nuntil=2026-01-02",
        "rota.primary.override[1].person",
        "is missing",
    ),
    Mistake(
        "unknown target",
        SMALL + "[[policy.emergency.level]]\nat='0s'\nto=['primry']",
        "policy.emergency.level[1].to[1]",
        "not known",
        'did you mean "primary"?',
    ),
    Mistake(
        "late first level", SMALL + "[[policy.emergency.level]]\nat='1m'\nto=['primary']", "policy.emergency.level[1].at", "must be 0s"
    ),
    Mistake(
        "levels not ascending",
        SMALL + "".join(f"[[policy.emergency.level]]\nat='{at}'\nto=['primary']\n" for at in ("0s", "5m", "5m")),
        "policy.emergency.level[3].at",
        "not after",
    ),
    Mistake("level without a target", SMALL + "[[policy.emergency.level]]\nat='0s'\nto=[]", "policy.emergency.level[1].to", "is missing"),
    Mistake("empty broadcast", SMALL + "broadcast = []", "policy.emergency.broadcast", "must not be empty"),
    Mistake("broadcast of nobody", SMALL + "broadcast = ['alle']", "policy.emergency.broadcast[1]", "not known"),
    Mistake("broadcast before the levels", SMALL + "broadcast_at = '3m'", "policy.emergency.broadcast_at", "not after the last level"),
    Mistake("restart before broadcast", SMALL + "restart_every = '10m'", "policy.emergency.restart_every", "shorter"),
    Mistake("odd budget", SMALL + "[budgets]\nvoice = ['three a day']", "budgets.voice[1]", "a number, a slash"),
    Mistake("odd storm", SMALL + "[storm]\nsteps = [10, 3]", "storm.steps", "not ascending"),
]


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.about)
def test_every_mistake_is_told_with_its_key_and_line(mistake):
    found = errors(mistake.text)
    told = next((problem for problem in found if problem.key == mistake.key and mistake.says in problem.message), None)
    assert told is not None, [(problem.key, problem.message) for problem in found]
    assert mistake.hint in told.hint
    assert told.line > 0 or "." not in mistake.key


def test_all_mistakes_are_told_at_once():
    found = errors(SMALL.replace('"ana"', '"Ana S"', 1).replace('"email"', '"emial"') + "broadcast = []\n[storm]\nsteps = [3, 2]")
    assert {'person "Ana S": name', 'person "Ana S": contact[1].kind', "policy.emergency.broadcast", "storm.steps"} <= {
        problem.key for problem in found
    }


def test_a_gap_because_everybody_is_away_only_warns():
    """The daemon must not refuse to start because of next month's holidays."""
    oncall, problems = read(SMALL + "[[away]]\nperson = 'ana'\nfrom = 2026-12-01\nuntil = 2026-12-03")
    assert oncall is not None
    (gap,) = [problem for problem in problems if "gap" in problem.message]
    assert (gap.weight, gap.found) == (Weight.WARNING, "nobody from 2026-12-01 00:00 to 2026-12-03 00:00 UTC")
    assert on_call(oncall.rotas["primary"], datetime(2026, 12, 2, tzinfo=UTC)) is None


def test_two_contacts_in_two_failure_domains_are_no_reason_to_warn():
    ntfy = '[[person.contact]]\nkind = "ntfy"\ntopic = "ana-1"\n'
    assert read(PERSON + ntfy + ROTA)[1] == []
    mail = '[[person.contact]]\nkind = "email"\nto = "ana@home.example"\n'
    (problem,) = read(PERSON + mail + ROTA)[1]
    assert "depends on mail" in problem.message


def test_contacts_without_a_name_are_named_by_kind_and_order():
    mail = '[[person.contact]]\nkind = "email"\nto = "ana@home.example"\n'
    assert [contact.name for contact in good(PERSON + mail + ROTA).people["ana"].contacts] == ["email", "email-2"]


def test_a_secret_is_never_shown():
    text = PERSON + '[[person.contact]]\nkind = "pagerduty"\nrouting_key = ["hunter2"]\n' + ROTA
    oncall, problems = read(text)
    assert oncall is None
    assert "hunter2" not in repr([problem.found for problem in problems])


def test_unknown_names_of_a_policy_are_told_for_every_policy():
    found = errors(SMALL + "[policy.quiet]\nbroadcast = ['nobody']")
    assert [problem.key for problem in found] == ["policy.quiet.broadcast[1]"]


def test_settings_go_to_the_kind_as_they_are():
    settings: Mapping[str, object] = good(SMALL).people["ana"].contacts[0].settings
    assert settings == {"to": "Ana@Wise.example"}
