"""The committed reference pages are those that the playbooks and the facts make."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from foundry_doctor.cli.pages import main, pages
from foundry_doctor.engine.causes import causes
from foundry_doctor.engine.fact_page import fact_page
from foundry_doctor.engine.playbook_load import load
from foundry_doctor.engine.playbook_model import Playbook
from foundry_doctor.engine.playbook_page import playbook_page
from foundry_doctor.engine.playbook_set import PlaybookSet, builtin_roots
from foundry_doctor.engine.playbook_words import conditions
from foundry_doctor.facts import FACTS

ROOT = Path(__file__).parents[2]
BOOKS = PlaybookSet.load(builtin_roots())
PAGE = playbook_page(BOOKS)
REMAKE = "make it anew: python -m foundry_doctor.cli.pages"
SAMPLE = """\
playbook: 1
cause: key-invalid
title: ["{resource} refuses the key", "The key is refused"]
summary: "It was sent to <{host}>."
why: "Any of key.* is wrong."
match:
  - confidence: likely
    when:
      http.status: {min: 400, max: 499}
      key.shape: {not: [empty, quoted, placeholder]}
      token.oid: {present: true}
      http.error.message: {regex: 'a`b'}
      dns.chain: {contains: [host, alias]}
      proxy.configured: false
      net.host: {prefix: a}
      proxy.url: {present: false}
    undecided:
      - {cause: key-auth-disabled, decided_by: "foundry-doctor run --only 'key.*' at {resource}"}
    rules_out: [{cause: client-auth-header, because: "no header is accepted"}]
remedy:
  - text: "Set it."
    bash: "export X={resource}"
    pwsh: "$env:X = {resource}"
    who: caller
    needs: [resource]
    when: {key.shape: ok}
  - {text: "Look.", url: "https://learn.microsoft.com/azure/foundry/"}
verify: "foundry-doctor run --only 'key.*'"
since: "0.1.0"
tests:
  - name: "refused"
    given: {key.shape: ok, token.oid: o, http.status: 401, http.error.message: "a`b",
            dns.chain: [host], proxy.configured: false, net.host: ab}
    expect: likely
  - {name: "accepted", given: {http.status: 200}, expect: false}
"""
WANTED = """\
### key-invalid

**The key is refused**

It was sent to \\<HOST>.

*Why:* Any of key.\\* is wrong.

- Who can end it: caller
- Check it with: `foundry-doctor run --only 'key.*'`

*Steps, the likeliest first:*

1. Set it. *(caller)* *Only if* `resource` is known and `key.shape` is `ok`.

   ```sh
   export X=RESOURCE
   ```

   ```powershell
   $env:X = RESOURCE
   ```

2. Look.
   <https://learn.microsoft.com/azure/foundry/>

*What the doctor sees:*

- *likely*: `http.status` is at least 400 and is at most 499 and `token.oid` is known and \
`http.error.message` matches `` a`b `` and `dns.chain` holds `host` or `alias` and \
`proxy.configured` is `false` and `net.host` begins with `a` and `key.shape` is not `empty`, \
`quoted` or `placeholder` and `proxy.url` is not known.
  - undecided: [key-auth-disabled](#key-auth-disabled): \
foundry-doctor run --only 'key.\\*' at RESOURCE
  - rules out [client-auth-header](#client-auth-header): no header is accepted
"""


@pytest.mark.parametrize("name", sorted(pages()))
def test_the_committed_page_is_the_generated_one(name: str) -> None:
    committed = ROOT / "docs" / name
    assert committed.is_file(), f"docs/{name} is missing: {REMAKE}"
    # Not ==, whose difference of such long texts takes a minute to print.
    same = committed.read_text("utf-8") == pages()[name]
    assert same, f"docs/{name} is not what the sources say: {REMAKE}"


def test_the_pages_are_written_where_they_are_asked_for(tmp_path: Path) -> None:
    assert main([str(tmp_path / "out")]) == 0
    written = {one.name: one.read_text("utf-8") for one in (tmp_path / "out").iterdir()}
    assert written == dict(pages())


def test_a_playbook_on_its_page() -> None:
    sample = load(SAMPLE.encode(), "key-invalid.yaml")
    assert playbook_page([sample]).partition("## Key\n\n")[2] == WANTED


@pytest.mark.parametrize("book", list(BOOKS), ids=lambda one: str(one.id))
def test_every_cause_is_on_it_whole(book: Playbook) -> None:
    part = PAGE.partition(f"\n### {book.cause}\n")[2].partition("\n### ")[0]
    assert book.takes
    assert f"- Takes effect: {book.takes}" in part.replace("\\*", "*")
    for variant in book.variants:
        assert f"- *{variant.confidence.value}*: {conditions(variant.when)}." in part
    for doubt in book.mistaken_for:
        assert f"- [{doubt.cause}](#{doubt.cause}): " in part
    assert all(f"<{url}>" in part for url in book.docs)
    assert part.count("```sh") == len([step for step in book.remedy if step.bash])
    assert part.count("```powershell") == len([step for step in book.remedy if step.pwsh])


def test_its_links_lead_somewhere() -> None:
    headings = {one.lower() for one in re.findall(r"^#{2,3} (\S+)$", PAGE, re.MULTILINE)}
    assert set(re.findall(r"\]\(#([^)]+)\)", PAGE)) <= headings
    assert set(causes()) <= headings
    assert len(re.findall("^### ", PAGE, re.MULTILINE)) == len(set(causes()))


def test_every_fact_is_on_the_page_of_facts() -> None:
    page = fact_page()
    assert sorted(re.findall(r"^\| `([a-z_.0-9]+)` \|", page, re.MULTILINE)) == sorted(FACTS)
    groups = re.findall("^## (.+)$", page, re.MULTILINE)
    assert len(groups) == len(set(groups))
