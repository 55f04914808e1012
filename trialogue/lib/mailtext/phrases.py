"""What mail programs and people write around a quote, in the languages of Europe and a few more."""

from __future__ import annotations

import re

_WROTE = (
    r"wrote|writes|schrieb|schreibt|skrev|skreiv|kirjoitti|schreef|a écrit|a ecrit|escribió|escribio|escribi[óo]|va escriure|ha scritto"
    r"|escreveu|napisał(?:\(a\)|a)?|pisze|napsal(?:\(a\)|a)?|napísal(?:\(a\)|a)?|írta|ezt írta|a scris|scrisse|je napisal(?:\(a\)|a)?"
    r"|je napisao(?:/la)?|napisao je|написал(?:\(а\)|а)?|пишет|писал(?:\(а\)|а)?|написав(?:\(ла\)|ла)?|пише|написа|έγραψε|yazdı|şunu yazdı"
    r"|napisala?|napisao|kirjutas|rakstīja|parašė|rašė|skrifaði|scríobh|כתב(?:ה)?|كتب"
)
_WROTE_ANY = re.compile(
    rf"(?:^|[\s,>\])\"'])(?:{_WROTE})(?:$|[\s,:：;<\"'(])|写道|寫道|のメール|さんは書きました|님이 작성", re.IGNORECASE
)
_ENDS = re.compile(r"[:：]\s*\*?$")
_WHEN = re.compile(r"\d{1,2}[:.h]\d{2}|\b(?:19|20)\d{2}\b|\b\d{1,2}[./-]\d{1,2}[./-]\d{2,4}")
_TIME = re.compile(r"\b\d{1,2}[:.h]\d{2}(?::\d{2})?\b")
_WHO = re.compile(r"[^\s<>]+@[^\s<>]+\.[^\s<>]+")
_STARTS = re.compile(
    r"(?:on|am|den|the|le|el|il|em|op|op|w dniu|dne|dňa|dnia|dana|on|a|il giorno|il giorno|no dia|în|pe|la|на|в|во|от|στις|tarihinde|at"
    r"|mán|mon|tue|wed|thu|fri|sat|sun|mo|di|mi|do|fr|sa|so|pon|wt|śr|czw|pt|sob|ndz|niedz|po|út|st|čt|pá|ne|пн|вт|ср|чт|пт|сб|вс"
    r"|man|tir|ons|tor|fre|lør|søn|tis|lör|sön|ma|ti|ke|to|pe|la|su|lun|mar|mer|jeu|ven|sam|dim|kuu|pada|dnia|vào|\d)(?:[\s.,]|$)|\d",
    re.IGNORECASE,
)
_ORIGINAL = re.compile(
    r"[-–_*\s]{2,}\s*(?:(?:this is|below this line is) a copy of (?:the|your) message[^-]{0,60}|original message|original-nachricht|ursprüngliche nachricht|originalnachricht|oprindelig (?:meddelelse|besked)"
    r"|original(?:t)? ?meddelande|ursprungligt meddelande|opprinnelig melding|alkuperäinen viesti|oorspronkelijk bericht|message d[’']origine"
    r"|message original|mensaje original|messaggio originale|mensagem original|wiadomość oryginalna|oryginalna wiadomość|původní zpráva"
    r"|původní e-mail|pôvodná správa|eredeti üzenet|mesaj original|mesajul original|исходное сообщение|оригинальное сообщение"
    r"|вихідне повідомлення|оригинално съобщение|αρχικό μήνυμα|orijinal mesaj|özgün ileti|algkiri|sākotnējais ziņojums|originalus laiškas"
    r"|izvorna poruka|izvirno sporočilo|原始邮件|邮件原件|原始郵件|元のメッセージ"
    r"|forwarded message|forwarded by|weitergeleitet von|videresendt af|vidarebefordrat av|transféré par|doorgestuurd door|inoltrato da|reenviado por|weitergeleitete nachricht|videresendt (?:meddelelse|besked|melding)|vidarebefordrat meddelande"
    r"|välitetty viesti|edelleenlähetetty viesti|doorgestuurd bericht|message transféré|message transmis|mensaje reenviado|messaggio inoltrato"
    r"|mensagem (?:encaminhada|reencaminhada)|(?:przekazana|treść przekazanej) wiadomoś(?:ć|ci)|přeposlaná zpráva|preposlaná správa"
    r"|továbbított (?:üzenet|levél)|mesaj redirecționat|пересылаемое сообщение|переслане повідомлення|препратено съобщение|προωθημένο μήνυμα"
    r"|iletilmiş mesaj|转发的邮件|転送されたメッセージ)(?:\s.{0,80}?)?\s*[-–_*:]*$",
    re.IGNORECASE,
)
_BEGIN = re.compile(
    r"(?:begin forwarded message|anfang der weitergeleiteten (?:nachricht|e-?mail)|start på videresendt besked|vidarebefordrat brev"
    r"|videresendt melding|edelleenlähetetty viesti alkaa|begin doorgestuurd bericht|début du message (?:transféré|réexpédié)"
    r"|inicio del mensaje reenviado|inizio messaggio inoltrato|início da mensagem (?:encaminhada|reencaminhada)"
    r"|początek przekazywanej wiadomości|začátek přeposílané zprávy|начало переадресованного сообщения)\s*:$",
    re.IGNORECASE,
)
_ABOVE = re.compile(r"##-.{5,150}-##$")  # "Please type your answer above this line"
_RULE = re.compile(r"_{20,}$")
_FROM = (
    "from|von|fra|från|lähettäjä|van|de|da|od|feladó|de la|от|від|kimden|από|saatja|no|nuo|发件人|寄件者|差出人|보낸 사람|frá|expéditeur"
    "|remitente|mittente|remetente|afzender|absender|afsender|avsändare|avsender|odesílatel|nadawca|gönderen|отправитель|отправител"
)
_SENT = (
    "sent|date|gesendet|datum|sendt|dato|skickat|lähetetty|päivämäärä|päiväys|verzonden|envoyé|envoyée|enviado|enviado el|enviada|enviada em"
    "|fecha|inviato|data|wysłano|wysłane|odesláno|odoslané|dátum|elküldve|küldve|trimis|отправлено|дата|надіслано|изпратено|gönderilme"
    "|gönderildi|tarih|στάλθηκε|ημερομηνία|saadetud|kuupäev|nosūtīts|datums|išsiųsta|poslano|发送时间|日期|送信日時|日付|보낸 날짜|sent at|sendt den"
)
_TO = (
    "to|an|til|till|vastaanottaja|aan|à|a|para|do|komu|címzett|către|catre|кому|до|kime|alıcı|προς|adressaat|saaja|kam|za|prima|收件人|收件者"
    "|宛先|받는 사람|destinataire|destinatario|destinatário|cc|kopia|kopi|kopie|empfänger|modtager|mottagare|per"
)
_SUBJECT = (
    "subject|betreff|emne|ämne|aihe|onderwerp|objet|asunto|oggetto|assunto|temat|předmět|predmet|tárgy|subiect|тема|относно|konu|θέμα|teema"
    "|temats|tēma|tema|zadeva|主题|主旨|件名|제목|re|efni"
)
_LABEL = re.compile(
    rf"[*_\s]{{0,4}}(?:(?P<from>{_FROM})|(?P<sent>{_SENT})|(?P<to>{_TO})|(?P<subject>{_SUBJECT}))\s?[*_]{{0,2}}\s?[:：](?:[*_\s]|$|(?<=：))",
    re.IGNORECASE,
)
_ON_A_PHONE = re.compile(
    r"(?:sent (?:from|via|with|using) (?:my |the |outlook|proton|yahoo|samsung|mail|aol|blackberry|spark|gmail)|get outlook for|"
    r"(?:von meine[mr]|von unterwegs|diese nachricht wurde von meinem)[ /].{0,40}(?:gesendet|geschickt|versendet)|gesendet (?:von|mit|aus) |"
    r"sendt fra (?:min|mit|outlook|yahoo|mail|samsung|gmail)|hent outlook|skickat från (?:min|mitt|outlook|yahoo|e-post|mail|samsung)|hämta outlook|skaffa outlook|få outlook|"
    r"lähetetty (?:.{0,30}(?:iphone|puhelime|outlook|android|samsung|ipad))|hanki outlook|"
    r"verzonden (?:vanaf|met|via|vanuit|van) (?:mijn|outlook|mail|samsung)|verstuurd vanaf mijn|outlook voor .{2,20} downloaden|"
    r"envoyé (?:de|depuis|à partir de|avec|par) (?:mon|ma|outlook|yahoo|mail|l)|télécharger outlook|obtenez outlook|"
    r"enviado (?:desde|do|a partir do|pelo) (?:mi|meu|o meu|outlook|yahoo|correo|email|el|samsung|iphone)|enviada do meu|obtener outlook|obter o outlook|"
    r"inviato da(?:l|lla|ll[’'])? ?(?:mio|mia|iphone|outlook|yahoo|posta|libero|tim)|ottenere outlook|scarica outlook|"
    r"wysłan[eyo] z(?:e)? (?:iphone|mojego|telefonu|outlook|urządzenia|aplikacji|programu|poczty|samsung)|pobierz (?:program )?outlook|"
    r"odesláno z|odoslané z|získat outlook|získajte outlook|az iphone-omról küldve|küldve az|trimis de pe|отправлено (?:с|из) |надіслано з |"
    r"iphone.{0,6}(?:dan|den|ımdan) gönderildi|στάλθηκε από|saadetud minu|从我的|發自我的|发自我的|iphoneから送信|나의 iphone)"
    r".{0,100}$",
    re.IGNORECASE,
)
_FOOTER = re.compile(
    r"(?:[*_ ]{0,3}(?:this (?:e-?mail|message|communication)(?: and any (?:attachments?|files).{0,40})? (?:is|may be|are|contains?|may contain) (?:confidential|intended|privileged|strictly)|"
    r"(?:the )?information (?:contained )?in this (?:e-?mail|message) is (?:confidential|intended)|confidentiality notice|"
    r"diese (?:e-?mail|nachricht) (?:enthält|ist|kann) .{0,30}vertraulich|"
    r"denne (?:e-?mail|mail|e-post|meddelelse).{0,60}(?:fortrolig|konfidensiel)|det här (?:e-?postmeddelandet|mailet|meddelandet).{0,60}(?:konfidentiell|avsett)|"
    r"detta (?:e-?post)?meddelande.{0,60}konfidentiell|tämä (?:sähköposti|viesti).{0,60}luottamuksel|"
    r"(?:dit bericht|deze e-?mail).{0,60}(?:vertrouwelijk|uitsluitend)|ce (?:message|courriel).{0,60}confidentiel|este (?:mensaje|correo|e-?mail).{0,60}confidencial|"
    r"esta mensagem.{0,60}confidencia|questo messaggio.{0,60}riservat|(?:ta wiadomość|niniejsza wiadomość|treść tej wiadomości).{0,60}(?:poufn|przeznaczon)|"
    r"(?:tato zpráva|tento e-?mail).{0,60}důvěrn)|virus-?free\. |virenfrei\.|(?:please )?consider the environment before printing|"
    r"(?:bitte )?denken sie an die umwelt|you received this message because you are subscribed|to unsubscribe from this group)",
    re.IGNORECASE,
)
_BANNER = re.compile(
    r"(?=.{0,250}(?:mail|message|sender|nachricht|meddel|bericht|wiadomo|expéditeur|afsender))\W{0,4}(?:caution|warning|external(?: e-?mail| sender)?|achtung|vorsicht|advarsel|varning|attention|let op|uwaga)\W{1,5}.{0,200}"
    r"(?:outside|external|extern|ekstern|extérieur|zewnętrz|buiten)"
    r"|you don[’']t often get e?-?mails? from|du får ikke ofte mails? fra|sie erhalten nicht (?:häufig|oft) e-?mails? von|du får inte ofta e-post från"
    r"|u ontvangt niet vaak e-?mail van|vous (?:n[’']obtenez|ne recevez) pas souvent|no suele recibir correos? de|nie otrzymujesz często",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"(?:(?:kind|best|warm|many|with (?:kind|best)) (?:regards|wishes)|regards|yours (?:sincerely|faithfully|truly)|sincerely|cheers|best|thanks|thank you|"
    r"many thanks|mit (?:freundlichen|besten|herzlichen) gr(?:üßen|üssen|uessen)|(?:viele|beste|freundliche|liebe|schöne|herzliche) gr(?:üße|üsse|uesse)|mfg|lg|vg|hochachtungsvoll|gruß|"
    r"(?:med )?(?:venlig|venlige|vennlig|vänlig|vänliga|bedste|beste|bästa|de bedste) (?:hilsen(?:er)?|hälsning(?:ar)?)|mvh|dbh|hilsen|hälsningar|"
    r"(?:ystävällisin |parhain |yhteistyö)terveisin|terveisin|t\.|met (?:vriendelijke|hartelijke) groet(?:en)?|(?:vriendelijke|hartelijke) groet(?:en)?|groet(?:en|jes)?|mvg|"
    r"(?:bien )?cordialement|bien à vous|salutations(?: distinguées)?|meilleures salutations|(?:un )?saludos?(?: cordial(?:es)?)?|atentamente|cordialmente|"
    r"(?:cordiali|distinti) saluti|saluti|grazie|(?:com os melhores |melhores |atenciosos )?cumprimentos|atenciosamente|atentamente|obrigad[oa]|"
    r"z poważaniem|pozdrawiam|(?:z wyrazami szacunku)|s pozdravem|s přátelským pozdravem|s pozdravom|üdvözlettel|tisztelettel|cu stimă|с уважением|з повагою|"
    r"с уважение|με εκτίμηση|saygılarımla|lugupidamisega|ar cieņu|pagarbiai|lep pozdrav|s poštovanjem)[\s,.!]*$",
    re.IGNORECASE,
)
_CARD = re.compile(
    r"(?:\+|00)\d[\d\s()/.-]{6,}|\b(?:tel|tlf|phone|mobile?|mobil|fax|direct|telefon|puh|gsm|t|m)\b[.:]?\s*[+(\d]|www\.|https?://|[^\s@]+@[^\s@]+\.\w"
    r"|\b(?:cvr|vat|ust-?id|hrb|org\.? ?nr|kvk|siret|nip|ič[o]?|p\.?iva)\b",
    re.IGNORECASE,
)
_RULES = re.compile(r"[-_–—=*]{2,}$")
_SENTENCE = re.compile(r"(?i)\s*(?:p\.?\s?s|nb)\b|.*[?!]\s*$|\s*(?:\S+\s+){5,40}\S+\.\s*$")


def attributes(line: str) -> int:
    """Whether a line says who wrote what follows: 0 no, 1 perhaps (believe it above ">"), 2 surely."""
    if not _ENDS.search(line):
        return 0
    when, who = _WHEN.search(line), _WHO.search(line)
    if not (when or who):
        return 0
    if _WROTE_ANY.search(line):
        exact = (when and _TIME.search(line)) or (when and who)
        return 2 if exact and _STARTS.match(line) else 2 if when and who else 1
    return 1 if when and who and _STARTS.match(line) else 0


def may_begin(line: str) -> bool:
    """Whether a line may be the first of several that say who wrote."""
    return bool(_STARTS.match(line) or _WHO.search(line) or _WHEN.search(line))


def separates(line: str) -> bool:
    if len(line) > 200:
        return False
    return bool(_ORIGINAL.match(line) if line[0] in "-–_*" else _BEGIN.match(line) or _ABOVE.match(line))


def header_block(lines: list[str], at: int) -> int:
    """How many lines here are the head of another letter: From, and of Sent, To and Subject at least two."""
    start = at
    if at < len(lines) and _RULE.match(lines[at].strip()):
        at += 1
        while at < len(lines) and at - start < 3 and not lines[at].strip():
            at += 1
    if at >= len(lines) or not (found := _LABEL.match(lines[at])) or found.lastgroup not in ("from", "sent", "subject"):
        return 0
    seen, end = {str(found.lastgroup)}, at + 1
    strange = 0
    for place in range(at + 1, min(at + 14, len(lines))):
        if found := _LABEL.match(lines[place]):
            seen.add(str(found.lastgroup))
            end, strange = place + 1, 0
        elif not lines[place].strip():
            strange += 1 if len(seen) < 3 else 9
        else:
            strange += 2
        if strange > 4:
            break
    return end - start if "from" in seen and len(seen) >= 3 else 0


def ends(line: str) -> int:
    """Whether a line begins an ending: how many lines that may have at most, 0 when it begins none."""
    if line.startswith("--"):
        return 40 if line == "--" else 0
    if 12 < len(line) < 140 and _ON_A_PHONE.match(line.lstrip("*_ ")):
        return 4
    return 40 if footers(line) else 0


def rules(line: str) -> bool:
    """A line of dashes: perhaps a signature follows, perhaps only the next thought."""
    return bool(_RULES.match(line))


def footers(line: str) -> bool:
    return len(line) > 12 and bool(_FOOTER.match(line))


def banner(line: str) -> bool:
    return bool(_BANNER.match(line))


def closes(line: str) -> bool:
    return 1 < len(line) < 60 and bool(_CLOSING.match(line))


def card(lines: list[str]) -> bool:
    """Whether these lines look like a visiting card: ways to reach somebody, and no sentence."""
    return any(_CARD.search(line[:300]) for line in lines) and not any(_SENTENCE.match(line[:300]) for line in lines)
