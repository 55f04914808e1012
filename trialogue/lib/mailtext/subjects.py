"""What a letter is about, without what programs put before it."""

from __future__ import annotations

import re

# Answer and forward in the languages of Europe and a few more, as Outlook, Exchange, Lotus and phones write them.
_PREFIXES = (
    "re res ref rif r aw antw antwort sv svar vs vast ad ats atb bls odp odg odgovor odpoveď odpověď re vá válasz ynt yan rv"
    " hl απ απάντηση отв ответ от на відп atbilde rép réf resp y: bal rp atsakymas 回复 回覆 答复 答覆 返信 답장 רד תשובה"
    " fw fwd wg wtr vl vb tr i enc rvs doorst doorgestuurd videresendt vidarebefordrat weitergeleitet inoltro reenv reenviado"
    " pd pdlž přep přeposláno přeposl továbbítás tov ilt i̇lt fs hä πρθ πρώθ пересл переадр prosl proslijeđeno trs trans"
    " redir pos 转发 轉寄 転送 전달 הועבר"
)
_REPLIES = (
    r"automatic reply|auto(?:matic)?[ -]?reply|auto(?:-|: )?re|automatische antwort|autosvar|automatisk svar|automaattinen vastaus"
    r"|réponse automatique|respuesta automática|risposta automatica|resposta automática|automatisch antwoord|autoodpowiedź"
    r"|odpowiedź automatyczna|automatická odpověď|automatická odpoveď|out of office|abwesend"
)
_WORDS = "|".join(re.escape(word) for word in sorted(set(_PREFIXES.split()) - {"y:"}, key=len, reverse=True))
_PREFIX = re.compile(
    rf"\s*(?:(?:{_WORDS}|{_REPLIES})\s*(?:[\[(^*]\d{{1,3}}[\])]?)?\s*[:：]|\[(?:ext|extern|external|ekstern|externe?)\]|\*{{3}}spam\*{{3}}|\[spam\])\s*",
    re.IGNORECASE,
)
LONGEST = 1000


def topic(subject: str) -> str:
    """ "SV: AW: [EXTERNAL] Case 7" is about "Case 7". What is nothing but prefixes keeps them."""
    at = 0
    while found := _PREFIX.match(subject, at):
        at = found.end()
    return subject[at:].strip() or subject
