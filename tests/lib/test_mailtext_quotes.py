"""New words apart from quoted ones: what mail programs write between them, and what people write that only looks like it."""

from __future__ import annotations

import pytest

from trialogue.lib.mailtext import parse

WHO = "Paul Partner <paul@harbour.example>"
# Each above "> old", and said by a program of its own.
ATTRIBUTIONS = [
    f"On Mon, Nov 2, 2026 at 9:58 AM {WHO} wrote:",
    f"Am Mo., 2. Nov. 2026 um 09:58 Uhr schrieb {WHO}:",
    f"Den man. 2. nov. 2026 kl. 09.58 skrev {WHO}:",
    f"Þann mán., 2. nóv. 2026 kl. 09:58 skrifaði {WHO}:",
    f"ma 2. marrask. 2026 klo 9.58 {WHO} kirjoitti:",
    f"Kuupäev E, 2. november 2026 kell 09:58 kirjutas kasutaja {WHO}:",
    f"2026-11-02, pr, 09:58 {WHO} rašė:",
    f"Op ma 2 nov 2026 om 09:58 schreef {WHO}:",
    f"Le lun. 2 nov. 2026 à 09:58, {WHO} a écrit :",
    f"El lun, 2 nov 2026 a las 9:58, {WHO} escribió:",
    f"Em seg., 2 de nov. de 2026 às 09:58, {WHO} escreveu:",
    f"Il giorno lun 2 nov 2026 alle ore 09:58 {WHO} ha scritto:",
    f"pon., 2 lis 2026 o 09:58 {WHO} napisał(a):",
    f"po 2. 11. 2026 v 9:58 odesílatel {WHO} napsal:",
    f"V V pon., 2. nov. 2026 ob 09:58 je oseba {WHO} napisala:",
    f"pon, 2. stu 2026. u 09:58 {WHO} napisao/la je:",
    f"{WHO} ezt írta (időpont: 2026. nov. 2., H, 9:58):",
    f"În lun., 2 nov. 2026 la 09:58, {WHO} a scris:",
    f"На пн, 2.11.2026 г. в 9:58 {WHO} написа:",
    f"пн, 2 лист. 2026 р. о 09:58 {WHO} пише:",
    f"пн, 2 нояб. 2026 г. в 09:58, {WHO}:",
    f"Στις Δευ 2 Νοε 2026 στις 9:58 π.μ., ο χρήστης {WHO} έγραψε:",
    f"{WHO}, 2 Kas 2026 Pzt, 09:58 tarihinde şunu yazdı:",
    f"{WHO} 于2026年11月2日周一 09:58写道：",
    f"2026年11月2日(月) 9:58 {WHO}:",
    f"{WHO} wrote on 02.11.2026 09:58:00:",
    "2. Nov 2026, 09:58 von paul@harbour.example:",
    "On 02/11/2026 09:58, Paul Partner wrote:",
]
# Each with nothing but quoted words below, which have no ">".
HEADS = [
    "Am 02.11.2026 um 09:58 Uhr schrieb Paul Partner:",
    f"    On Monday, November 2, 2026 at 09:58:11 AM GMT+1, {WHO} wrote:  ",
    "Fra: Paul\nDato: mandag den 2. november 2026 kl. 09.58\nTil: Søren\nEmne: Q",
    "*From:* Paul [mailto:paul@harbour.example]\n*Sent:* Monday, November 2, 2026 9:58 AM\n*To:* Clara\n*Cc:* Carl\n*Subject:* Q",
    "Von:\tPaul\nAn:\tClara\nDatum:\t02.11.2026 09:58\nBetreff:\tQ",
    "----- Weitergeleitet von Clara/Nordwind am 02.11.2026 09:58 -----\n\nVon: Paul\nAn: Clara\nDatum: x\nBetreff: y",
    "----- Forwarded by Clara/Northwind on 02-11-2026 09:58 -----\n\nFrom: Paul\nTo: Clara\nDate: x\nSubject: y",
    "________________________________\nОт: Paul\nОтправлено: 2 ноября 2026 г. 9:58\nКому: Clara\nТема: Q",
    "##- Please type your reply above this line -##",
]
# People write so too: nothing of it is folded.
HUMAN = [
    "On 2 November 2026 at 10:00 the court wrote:\n\nThe claim is granted.\n\nWhat now?",
    "Hello,\n\nDate: 2 November\nTo: the court\nSubject: claim\n\nthis is the letter I want to send.",
    "Sum\n---\n100",
    "First part.\n\n---\n\nThe second part is longer and counts as much.",
    "Thanks\nPaul\nhe paid by bank transfer, see www.bank.example/proof\nCan you close it?",
    "Please call.\n\nBest regards\nClara\n\nPS: his number is +45 20 00 00 00",
    "Warning: the debtor has moved outside of the country.\n\nClara",
    "Sent from my side was only the contract, not the invoice; which of the two is missing in your file of the case? I can look for it"
    " on Monday when I am back at the office.",
    "> Has he paid?\n\nNo.\n\n> Shall we write again?\n\nYes.",
    "Sent from my iPhone\n" + "\n".join(f"{number}. He paid part {number}." for number in range(9)),
    "First.\n\n--\n\n" + "\n".join(f"{number}. He paid part {number}." for number in range(50)),
    "From: Hamburg\nWe ship to: Oslo",
]  # fmt: skip


def text(said: str) -> str:
    return parse(b"Content-Type: text/plain; charset=utf-8\n\n" + said.encode()).text


@pytest.mark.parametrize("who", ATTRIBUTIONS)
def test_who_wrote_is_known_in_many_languages(who: str) -> None:
    assert text(f"Yes, he paid.\n\n{who}\n\n> old\n> words") == "Yes, he paid."
    assert text(f"Yes, he paid.\n\n> {who}\n> \n> old") == "Yes, he paid."
    assert text(f"{who}\n> old\n> words\n\nYes, he paid.") == "Yes, he paid."


@pytest.mark.parametrize("head", HEADS)
def test_what_stands_below_a_head_is_quoted_to_the_end(head: str) -> None:
    assert text(f"Yes, he paid.\n\n{head}\n\nold words\n\nmore of them") == "Yes, he paid."


@pytest.mark.parametrize("said", HUMAN)
def test_what_people_write_is_not_folded(said: str) -> None:
    assert text(said) == said


@pytest.mark.parametrize(
    "line",
    [
        "Sent from my iPhone", "Von meinem iPhone gesendet", "Sendt fra min iPhone", "Skickat från min iPhone", "Lähetetty iPhonesta",
        "Verstuurd vanaf mijn iPhone", "Envoyé de mon iPhone", "Enviado desde mi iPhone", "Enviado do meu iPhone", "Inviato da iPhone",
        "Wysłane z iPhone’a", "Odesláno z iPhonu", "Az iPhone-omról küldve", "Trimis de pe iPhone", "Отправлено с iPhone",
        "Get Outlook for Android", "Hent Outlook til iOS", "Hämta Outlook för iOS", "Sent from Yahoo Mail for iPhone",
    ],
)  # fmt: skip
def test_what_a_phone_puts_below_is_folded(line: str) -> None:
    assert text(f"Yes, he paid.\n\n{line}") == "Yes, he paid."


def test_what_is_kept_below_is_in_order() -> None:
    said = "Top.\n-- \nClara\n\nOn 02/11/2026 09:58, Paul Partner wrote:\n> one"
    parsed = parse(b"Content-Type: text/plain; charset=utf-8\n\n" + said.encode())
    assert [(fold.kind, fold.text) for fold in parsed.quoted] == [
        ("signature", "--\nClara"),
        ("quote", "On 02/11/2026 09:58, Paul Partner wrote:\n> one"),
    ]
