"""A directory of operators' files, as one set."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest

from tests.adapters.rulefiles.good_set import KINDS, NOW, RULE, write_good_set
from triage.adapters.rulefiles import RuleFiles, load_rules
from triage.adapters.rulefiles.loading import run_rule_tests
from triage.core.problems import BrokenFiles, Problem, Weight

ONE_CONTACT = """
[[person]]
name = "ana"
[[person.contact]]
kind = "email"
to = "ana@team.example"
[rota.primary]
people = ["ana"]
"""
MISSPELT = '[[rule]]\nname = "s"\nwhen = { proven = true }\nthen = { receipt = "golf" }\n'
SHIPPED = Path(__file__).parents[3] / "rules"


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    write_good_set(tmp_path)
    return tmp_path


def load(directory: Path) -> RuleFiles:
    return load_rules(directory, NOW, KINDS)


def problems_of(directory: Path) -> tuple[Problem, ...]:
    with pytest.raises(BrokenFiles) as caught:
        load(directory)
    return caught.value.problems


def test_a_good_set(rules: Path) -> None:
    loaded = load(rules)
    assert [rule.name for rule in loaded.ruleset.rules] == ["emergency by subject"]
    assert loaded.notices["closed"] == "Closed.\n"
    assert set(loaded.oncall.people) == {"ana"}
    assert loaded.loaded_at == NOW


def test_files_come_in_name_order_rules_in_file_order(rules: Path) -> None:
    (rules / "20-b.toml").write_text('[[rule]]\nname = "b"\nwhen = { status = "open" }\nthen = { tags = "b" }\n')
    (rules / "05-a.toml").write_text(
        '[[rule]]\nname = "z"\nwhen = { status = "new" }\nthen = { tags = "z" }\n'
        '[[rule]]\nname = "a"\nwhen = { status = "closed" }\nthen = { tags = "a" }\n'
    )
    assert [rule.name for rule in load(rules).ruleset.rules] == ["z", "a", "emergency by subject", "b"]


def test_partners_are_found_by_domain_and_ticket_pattern(rules: Path) -> None:
    (rules / "partners.toml").write_text(
        "[acme]\nname = 'Acme'\ndomains = ['acme.example']\nticket_patterns = ['\\[(ACME-\\d+)\\]']\ntier = 'gold'\n"
    )
    partner = load(rules).partners.partner_of("ops@mail.acme.example")
    assert (partner.key, partner.tier) == ("acme", "gold")
    assert [match.group(1) for match in partner.ticket_patterns[0].finditer("Re: [acme-12] x")] == ["acme-12"]


def test_the_hash_names_the_set(rules: Path) -> None:
    first = load(rules).hash
    assert load(rules).hash == first
    with (rules / "notices" / "closed.txt").open("a") as notice:
        notice.write("Bye.\n")
    assert load(rules).hash != first


def test_hidden_and_backup_files_are_not_part_of_the_set(rules: Path) -> None:
    first = load(rules)
    for name in (".10-emergency.toml.swp", ".#10-emergency.toml", "#x#.toml", "10-emergency.toml~", "README.md", ".hidden.toml"):
        (rules / name).write_text("not toml at all")
    (rules / ".#lock.toml").symlink_to("nowhere")
    assert load(rules).hash == first.hash


def test_without_an_oncall_file_a_rule_that_pages_is_a_problem(rules: Path) -> None:
    (rules / "oncall.toml").unlink()
    (problem,) = problems_of(rules)
    assert problem.message == "names no escalation policy"
    assert problem.allowed == "there is no escalation policy yet"


def test_without_an_oncall_file_rules_that_do_not_page_are_good(rules: Path) -> None:
    (rules / "oncall.toml").unlink()
    (rules / "10-emergency.toml").unlink()
    assert load(rules).oncall.people == {}


def test_a_broken_oncall_file_does_not_make_every_policy_unknown(rules: Path) -> None:
    (rules / "oncall.toml").write_text("[[person]]\nname = ")
    assert {problem.file for problem in problems_of(rules)} == {"oncall.toml"}


def test_a_broken_oncall_file_still_tells_its_names(rules: Path) -> None:
    (rules / "oncall.toml").write_text((rules / "oncall.toml").read_text().replace("monday 09:00", "moonday 09:00"))
    (rules / "20.toml").write_text('[[rule]]\nname = "r"\nwhen = {}\nthen = { severity = 1, page = "emergancy", assign = "ana" }\n')
    assert [(problem.file, problem.key) for problem in problems_of(rules)] == [
        ("oncall.toml", "rota.primary.hand_off"),
        ("20.toml", 'rule "r": then.page'),
    ]


def test_a_broken_notice_still_has_its_name_and_a_broken_rule_file_is_no_notice(rules: Path) -> None:
    (rules / "notices" / "gold.txt").write_text("{% if %}")
    (rules / "20.toml").write_text("no toml")
    (rules / "30.toml").write_text('[[rule]]\nname = "r"\nwhen = {}\nthen = { receipt = "gold" }\n' + MISSPELT)
    told = {problem.file: problem for problem in problems_of(rules)}
    assert set(told) == {"notices/gold.txt", "20.toml", "30.toml"}
    assert (told["30.toml"].line, told["30.toml"].hint) == (8, 'did you mean "gold"?')
    assert "20.toml" not in told["30.toml"].allowed


def test_a_warning_is_no_noise_beside_a_mistake(rules: Path) -> None:
    (rules / "oncall.toml").write_text(ONE_CONTACT)
    assert [problem.weight for problem in load(rules).warnings] == [Weight.WARNING]
    (rules / "20.toml").write_text("rule = 1\n")
    assert {problem.weight for problem in problems_of(rules)} == {Weight.ERROR}


def test_a_file_name_that_cannot_be_told_is_refused(rules: Path) -> None:
    (rules / "a\nb.toml").write_text("")
    Path(os.fsdecode(os.fsencode(rules) + b"/\xff.toml")).write_text("")
    found = problems_of(rules)
    assert {problem.message for problem in found} == {"has a name with a control character, or one that is not UTF-8"}
    assert sorted(problem.file for problem in found) == ["a\N{REPLACEMENT CHARACTER}b.toml", "\N{REPLACEMENT CHARACTER}.toml"]


def test_an_ending_in_capitals_is_told_and_not_passed_over(rules: Path) -> None:
    (rules / "70-vip.TOML").write_text("")
    [problem] = problems_of(rules)
    assert (problem.file, problem.hint) == ("70-vip.TOML", "rename it to 70-vip.toml")


def test_problems_of_all_files_are_told_at_once(rules: Path) -> None:
    (rules / "20-a.toml").write_text("x = 1\n")
    (rules / "30-b.toml").write_text("not toml")
    (rules / "partners.toml").write_text("[acme]\n")
    (rules / "notices" / "receipt.txt").write_text("{{ case")
    assert {problem.file for problem in problems_of(rules)} == {"20-a.toml", "30-b.toml", "partners.toml", "notices/receipt.txt"}


def test_a_template_mistake_has_its_line(rules: Path) -> None:
    (rules / "notices" / "receipt.txt").write_text("Hello\n{% if x %}\n{% endfor %}\n")
    (problem,) = problems_of(rules)
    assert (problem.file, problem.line, problem.source) == ("notices/receipt.txt", 3, "{% endfor %}")
    assert problem.message.startswith("is not a valid template: Encountered unknown tag 'endfor'")


def test_an_empty_notice_is_a_problem(rules: Path) -> None:
    (rules / "notices" / "closed.txt").write_text("\n")
    (problem,) = problems_of(rules)
    assert (problem.file, problem.message) == ("notices/closed.txt", "is empty: a notice needs a text")


def test_a_missing_directory_is_told(tmp_path: Path) -> None:
    (problem,) = problems_of(tmp_path / "nowhere")
    assert problem.message == "is not a directory that can be read"


def test_a_cycle_of_symbolic_links_is_told(rules: Path) -> None:
    (rules / "a.toml").symlink_to("b.toml")
    (rules / "b.toml").symlink_to("a.toml")
    assert [(problem.file, "symbolic links" in problem.message) for problem in problems_of(rules)] == [("a.toml", True), ("b.toml", True)]


def test_a_dangling_link_a_directory_and_a_fifo_are_told(rules: Path) -> None:
    (rules / "a.toml").symlink_to("nowhere")
    (rules / "b.toml").mkdir()
    os.mkfifo(rules / "c.toml")
    told = {problem.file: problem.message for problem in problems_of(rules)}
    assert told["a.toml"] == "cannot be read: no such file or directory"
    assert told["b.toml"] == "cannot be read: it is a directory"
    assert "links" not in " ".join(problem.hint for problem in problems_of(rules) if problem.file != "a.toml")
    assert told["c.toml"] == "cannot be read: it is a pipe, a socket or a device"


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser reads everything")
def test_an_unreadable_file_is_told(rules: Path) -> None:
    (rules / "10-emergency.toml").chmod(0)
    (problem,) = problems_of(rules)
    assert problem.message == "cannot be read: permission denied"


def test_a_huge_file_is_told_without_being_read_whole(rules: Path) -> None:
    with (rules / "a.toml").open("wb") as file:
        file.truncate(10 * 1024**3)
    (problem,) = problems_of(rules)
    assert problem.message == "is too large to be read"


def test_a_test_sees_the_mail_as_a_real_one(rules: Path) -> None:
    """Encoded words, quoted text, attachments and headers go through the parser."""
    (rules / "20.toml").write_text(
        RULE.split("[[test]]")[0].replace("emergency by subject", "other").replace("subject.new", "subject")
        + """
[[rule]]
name = "voicemail"
when = { attachment.type = { starts = "audio/" }, header.X-Phone = { exists = true }, from.name = "Telefon", cc = "b@x.example" }
then = { tags = "voicemail", set = { text = "seen" } }

[[test]]
name = "voicemail"
mail = { from = "Telefon <pbx@x.example>", cc = ["a@x.example", "b@x.example"], subject = "Ünïcode", headers = { X-Phone = "1" }, body = "new", attachments = [{ name = "a.wav", type = "audio/wav", size = 100 }] }
expect = { tags = "voicemail", rules = ["voicemail"], set = { text = "seen" } }
"""  # noqa: E501  # an inline table stays on one line
    )
    assert len(load(rules).tests) == 2


# --- what is shipped -------------------------------------------------------------------------------------------------


def test_the_shipped_rules_are_good_and_their_tests_pass() -> None:
    shipped = load(SHIPPED)
    assert len(shipped.tests) >= 11
    assert shipped.partners.partners == ()


def switch_on_partner(directory: Path) -> None:
    """The example of partners.toml, which the examples of rules speak of."""
    example = (SHIPPED / "partners.toml").read_text().split("#\n# [acme]")[1]
    (directory / "partners.toml").write_text("[acme]" + example.replace("\n# ", "\n"))


def switched_on(text: str) -> str:
    """Without the # of lines that start with # and no space, as the files tell operators to do."""
    return "\n".join(line[1:] if re.match("#[^ :]|#$", line) else line for line in text.splitlines())


@pytest.mark.parametrize("name", sorted(path.name for path in SHIPPED.glob("[0-9]*.toml")))
def test_what_is_switched_off_works_when_it_is_switched_on(tmp_path: Path, name: str) -> None:
    shutil.copytree(SHIPPED, tmp_path / "rules")
    text = (SHIPPED / name).read_text()
    (tmp_path / "rules" / name).write_text(switched_on(text))
    switch_on_partner(tmp_path / "rules")
    more = len(re.findall(r"(?m)^#\[\[rule\]\]", text)), len(re.findall(r"(?m)^#\[\[test\]\]", text))
    loaded, shipped = load(tmp_path / "rules"), load(SHIPPED)
    assert len(loaded.ruleset.rules) - len(shipped.ruleset.rules) == more[0]
    assert len(loaded.tests) - len(shipped.tests) == more[1] >= more[0]


def test_every_shipped_rule_has_a_test_that_it_hits(tmp_path: Path) -> None:
    shutil.copytree(SHIPPED, tmp_path / "rules")
    for path in (tmp_path / "rules").glob("[0-9]*.toml"):
        path.write_text(switched_on(path.read_text()))
    switch_on_partner(tmp_path / "rules")
    loaded = load(tmp_path / "rules")
    hit = {each.rule for result in run_rule_tests(loaded.ruleset, loaded.tests) for each in result.verdict.hits}
    assert {rule.name for rule in loaded.ruleset.rules} == hit


def test_the_example_partner_works_when_it_is_switched_on(rules: Path) -> None:
    switch_on_partner(rules)
    assert load(rules).partners.partner_of("x@pay.acme.example").agreement == "gold"
