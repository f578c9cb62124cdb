"""`-o html`: one page on stdout, with the exit code of the run."""

from __future__ import annotations

from html.parser import HTMLParser

from ..conftest import Doctor


def test_a_demo_as_a_page(doctor: Doctor) -> None:
    ran = doctor("demo", "key-invalid", "-o", "html")
    assert ran.code == 1
    assert ran.out.startswith("<!DOCTYPE html>\n")
    assert ran.out.count("</html>") == 1
    assert "key-invalid" in ran.out
    HTMLParser().feed(ran.out)


def test_another_encoding_gets_the_same_page_in_ascii(doctor: Doctor) -> None:
    ran = doctor("demo", "key-invalid", "-o", "html", env={"PYTHONIOENCODING": "ascii",
                                                           "PYTHONUTF8": "0"})  # fmt: skip
    assert ran.out.isascii()
    assert "\\u" not in ran.out
    assert "&#8220;Access denied" in ran.out


def test_a_plan_is_no_page(doctor: Doctor) -> None:
    assert doctor("run", "--plan", "-o", "html").code == 2


def test_an_explanation_is_no_page(doctor: Doctor) -> None:
    assert doctor("explain", "-o", "html", stdin="x").code == 2
