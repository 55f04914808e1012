"""What the hot lane says to the database.

PostgreSQL writes everything in one statement, which is its own transaction: it writes all of it, or nothing when the
conversation or its case has moved since it was read. SQLite has one writer, who reads and writes under its one lock.
"""

from __future__ import annotations

_READ = """
SELECT {asks}, a.id AS me, a.public_id AS acting_for, a.name,
       {used} AS used, v.id AS conversation, v.public_id AS subject, v.message_count, v.log_length, v.log_digest,
       v.engagement_id AS engagement, c.id AS "case", c.state, c.client_id AS client, c.partner_id AS partner,
       l.id AS listener, l.public_id AS listener_id,
       (SELECT k.id FROM clocks_calendar k WHERE k.organisation_id = l.id AND k.effective_from <= %(now)s
         ORDER BY k.effective_from DESC, k.version DESC LIMIT 1) AS calendar,
       (SELECT p.id FROM clocks_policy p
         WHERE p.promise = CASE WHEN l.id = c.partner_id THEN 'reply' ELSE 'supply' END AND p.effective_from <= %(now)s
         ORDER BY p.effective_from DESC, p.version DESC LIMIT 1) AS policy,
       (SELECT p.id FROM people_membership m JOIN people_person p ON p.id = m.person_id
         WHERE m.organisation_id = l.id AND p.is_active
           AND p.id = CASE WHEN l.id = c.partner_id THEN c.partner_owner_id ELSE c.client_owner_id END) AS owner,
       c.referrer_id AS referrer,
       c.referrer_id IS NOT NULL AND EXISTS (SELECT 1 FROM conversations_consent s
         WHERE s.client_id = c.client_id AND s.referrer_id = c.referrer_id AND s.environment = c.environment
           AND s.withdrawn_at IS NULL AND (s.case_id = c.id OR s.case_id IS NULL))
         OR EXISTS (SELECT 1 FROM conversations_presence j WHERE j.conversation_id = v.id AND j.left_at IS NULL) AS along,
       o.id AS opened, o.public_id, o.promise, o.owner_id AS owed_by, o.owed_to_id AS owed_to, o.state AS opened_state, o.due_at
  FROM {asker} JOIN cases_case c ON a.id IN (c.client_id, c.partner_id) AND c.environment = {environment}
  JOIN conversations_conversation v ON v.case_id = c.id
  JOIN people_organisation l ON l.id = CASE WHEN c.client_id = a.id THEN c.partner_id ELSE c.client_id END
  LEFT JOIN clocks_clock o ON o.conversation_id = v.id AND o.state IN ('running', 'broken')
 WHERE c.reference = %(reference)s AND {whose}
 ORDER BY o.id
"""
# Of someone who is known; and of whoever has a key, who is looked for by the way. A repeat by a key is left to the
# column that is unique: what its own sender key is, can be said only when it is known whose key it is.
READ = _READ.format(
    asks="'' AS key, '' AS environment", used="EXISTS (SELECT 1 FROM conversations_message m WHERE m.sender_key = %(sender_key)s)",
    asker="people_organisation a", environment="%(environment)s", whose="a.id = %(me)s",
)  # fmt: skip
READ_BY_KEY = _READ.format(
    asks="k.public_id AS key, k.environment", used="FALSE", environment="k.environment",
    asker="people_apikey k JOIN people_organisation a ON a.id = k.organisation_id",
    whose="k.digest = %(digest)s AND k.revoked_at IS NULL",
)  # fmt: skip

# The case is held first, as everywhere: whoever is closing it or giving it to someone else is waited for, and then noticed.
# Types are told where the driver does not: for what may be nothing, where it stands first. The first event is of the message, which the
# referral partner hears of, too. Beyond 4,096 bytes it would read the text anew at each post.
POSTGRESQL = """
WITH held AS (
  SELECT id FROM cases_case
   WHERE id = %(case)s AND state = %(state)s AND partner_id = %(partner)s FOR SHARE),
moved AS (
  UPDATE conversations_conversation v
     SET message_count = %(number)s, last_message_at = %(at)s, log_length = %(log_length)s, log_digest = %(log_digest)s
    FROM held
   WHERE v.id = %(conversation)s AND v.log_length = %(before)s AND v.message_count = %(number)s - 1
  RETURNING v.id),
said AS (
  INSERT INTO conversations_message
    (public_id, conversation_id, number, engagement_id, environment, client_id, partner_id, referrer_id, author_id, organisation_id, body, expects_answer, sender_key, via, at)
  SELECT %(message)s, moved.id, %(number)s, %(engagement)s, %(environment)s, %(client)s, %(partner)s, %(referrer)s::bigint, %(author)s::bigint, %(me)s, %(body)s, %(expects)s, %(sender_key)s, %(via)s, %(at)s
    FROM moved
  RETURNING id),
met AS (
  UPDATE clocks_clock SET state = CASE state WHEN 'broken' THEN 'late' ELSE 'kept' END, settled_at = %(at)s
    FROM moved WHERE clocks_clock.id = ANY(%(met)s::bigint[])),
started AS (
  INSERT INTO clocks_clock
    (public_id, promise, policy_id, calendar_id, case_id, environment, conversation_id, message_id, owner_id, owed_to_id, state, started_at, warn_at, due_at)
  SELECT %(clock)s::text, %(promise)s, %(policy)s, %(calendar)s, %(case)s, %(environment)s, %(conversation)s, said.id, %(listener)s, %(me)s, 'running',
         %(at)s, %(warn_at)s, %(due_at)s
    FROM said WHERE %(clock)s::text IS NOT NULL),
mark AS (
  INSERT INTO conversations_bookmark (conversation_id, person_id, through, at, looked_at)
  SELECT moved.id, %(author)s::bigint, %(number)s, %(at)s, %(at)s FROM moved WHERE %(author)s IS NOT NULL
  ON CONFLICT (conversation_id, person_id) DO UPDATE SET through = EXCLUDED.through, at = EXCLUDED.at, looked_at = EXCLUDED.at),
told AS (
  INSERT INTO deliveries_delivery AS d
    (public_id, kind, person_id, organisation_id, case_id, event_kind, since, latest_at, first, through, address, subject, text, html, state, due_at, tries, why)
  SELECT 'dlv_' || left(replace(gen_random_uuid()::text, '-', ''), 16), 'bundle', p.id, %(listener)s, %(case)s, '', %(at)s, %(at)s,
         %(number)s, %(number)s, '', '', '', '', 'waiting',
         CASE w.message WHEN 'at_once' THEN %(at)s ELSE %(tell_at)s END, 0, ''
    FROM moved, people_membership m JOIN people_person p ON p.id = m.person_id LEFT JOIN deliveries_wishes w ON w.person_id = p.id
   WHERE m.organisation_id = %(listener)s AND p.is_active AND p.id IS DISTINCT FROM %(author)s
     AND (coalesce(w.message, '') <> 'off' AND (%(owner)s::bigint IS NULL OR p.id = %(owner)s::bigint)
       OR EXISTS (SELECT 1 FROM deliveries_absence a JOIN people_membership away ON away.id = a.membership_id
                   WHERE a.colleague_id = m.id AND a.begins_at <= %(at)s AND a.ends_at > %(at)s
                     AND (%(owner)s::bigint IS NULL OR away.person_id = %(owner)s::bigint)))
  ON CONFLICT (case_id, person_id) WHERE kind = 'bundle' AND state = 'waiting'
  DO UPDATE SET through = EXCLUDED.through, first = CASE d.first WHEN 0 THEN EXCLUDED.first ELSE d.first END,
                latest_at = EXCLUDED.latest_at, seen_at = NULL, due_at = least(d.due_at, EXCLUDED.due_at))
INSERT INTO events_event
  (xid, subject, number, kind, at, recorded_at, by, organisation, via, facts, environment, case_id, client_id, partner_id, referrer_id, previous, digest)
SELECT greatest(pg_current_xact_id(), (SELECT b.xid FROM events_event b WHERE b.subject = %(subject)s AND b.number = %(before)s)),
       %(subject)s, %(before)s + e.nth, e.kind, %(at)s, %(at)s, %(by)s, %(acting_for)s, %(via)s, e.facts::jsonb, %(environment)s, %(case)s,
       %(client)s, %(partner)s, CASE e.nth WHEN 1 THEN %(referrer)s END, coalesce(e.previous, ''), e.digest
  FROM moved, unnest(string_to_array(%(kinds)s, E'\\n'), string_to_array(%(facts)s, E'\\n'), string_to_array(%(previous)s, E'\\n'),
                     string_to_array(%(digests)s, E'\\n')) WITH ORDINALITY AS e (kind, facts, previous, digest, nth)
RETURNING (SELECT id FROM said)
"""

# The same on SQLite, one after the other; `said` is the row that the first of them made. EVENT is said once for each event.
SQLITE = (
    """
INSERT INTO conversations_message
  (public_id, conversation_id, number, engagement_id, environment, client_id, partner_id, referrer_id, author_id, organisation_id, body, expects_answer, sender_key, via, at)
VALUES (%(message)s, %(conversation)s, %(number)s, %(engagement)s, %(environment)s, %(client)s, %(partner)s, %(referrer)s, %(author)s, %(me)s, %(body)s, %(expects)s, %(sender_key)s, %(via)s, %(at)s)
""",
    """
UPDATE conversations_conversation
   SET message_count = %(number)s, last_message_at = %(at)s, log_length = %(log_length)s, log_digest = %(log_digest)s
 WHERE id = %(conversation)s
""",
    """
UPDATE clocks_clock SET state = CASE state WHEN 'broken' THEN 'late' ELSE 'kept' END, settled_at = %(at)s
 WHERE conversation_id = %(conversation)s AND owner_id = %(me)s AND state IN ('running', 'broken')
""",
    """
INSERT INTO clocks_clock
  (public_id, promise, policy_id, calendar_id, case_id, environment, conversation_id, message_id, owner_id, owed_to_id, state, started_at, warn_at, due_at)
SELECT %(clock)s, %(promise)s, %(policy)s, %(calendar)s, %(case)s, %(environment)s, %(conversation)s, %(said)s, %(listener)s, %(me)s, 'running',
       %(at)s, %(warn_at)s, %(due_at)s WHERE %(clock)s IS NOT NULL
""",
    """
INSERT INTO conversations_bookmark (conversation_id, person_id, through, at, looked_at)
SELECT %(conversation)s, %(author)s, %(number)s, %(at)s, %(at)s WHERE %(author)s IS NOT NULL
ON CONFLICT (conversation_id, person_id) DO UPDATE SET through = EXCLUDED.through, at = EXCLUDED.at, looked_at = EXCLUDED.at
""",
    """
INSERT INTO deliveries_delivery
  (public_id, kind, person_id, organisation_id, case_id, event_kind, since, latest_at, first, through, address, subject, text, html, state, due_at, tries, why)
SELECT 'dlv_' || lower(hex(randomblob(8))), 'bundle', p.id, %(listener)s, %(case)s, '', %(at)s, %(at)s,
       %(number)s, %(number)s, '', '', '', '', 'waiting', CASE w.message WHEN 'at_once' THEN %(at)s ELSE %(tell_at)s END, 0, ''
  FROM people_membership m JOIN people_person p ON p.id = m.person_id LEFT JOIN deliveries_wishes w ON w.person_id = p.id
 WHERE m.organisation_id = %(listener)s AND p.is_active AND (%(author)s IS NULL OR p.id <> %(author)s)
   AND (coalesce(w.message, '') <> 'off' AND (%(owner)s IS NULL OR p.id = %(owner)s)
     OR EXISTS (SELECT 1 FROM deliveries_absence a JOIN people_membership away ON away.id = a.membership_id
                 WHERE a.colleague_id = m.id AND a.begins_at <= %(at)s AND a.ends_at > %(at)s
                   AND (%(owner)s IS NULL OR away.person_id = %(owner)s)))
ON CONFLICT (case_id, person_id) WHERE kind = 'bundle' AND state = 'waiting'
DO UPDATE SET through = EXCLUDED.through, first = CASE first WHEN 0 THEN EXCLUDED.first ELSE first END,
              latest_at = EXCLUDED.latest_at, seen_at = NULL, due_at = min(due_at, EXCLUDED.due_at)
""",
)
SQLITE_EVENT = """
INSERT INTO events_event
  (xid, subject, number, kind, at, recorded_at, by, organisation, via, facts, environment, case_id, client_id, partner_id, referrer_id, previous, digest)
VALUES (0, %(subject)s, %(event_number)s, %(kind)s, %(at)s, %(at)s, %(by)s, %(acting_for)s, %(via)s, %(facts)s, %(environment)s, %(case)s,
        %(client)s, %(partner)s, CASE %(kind)s WHEN 'message.posted' THEN %(referrer)s END, %(previous)s, %(digest)s)
"""
