"""What the hot lane says to the database.

PostgreSQL writes everything in one statement, which is its own transaction: it writes all of it, or nothing when the
conversation or its case has moved since it was read. SQLite has one writer, who reads and writes under its one lock.
"""

from __future__ import annotations

READ = """
SELECT v.id, v.public_id, v.message_count, v.log_length, v.log_digest, v.engagement_id,
       c.id, c.state, c.client_id, c.partner_id, l.id, l.public_id,
       (SELECT k.id FROM clocks_calendar k WHERE k.organisation_id = l.id AND k.effective_from <= %(now)s
         ORDER BY k.effective_from DESC, k.version DESC LIMIT 1),
       (SELECT p.id FROM clocks_policy p
         WHERE p.promise = CASE WHEN l.id = c.partner_id THEN 'reply' ELSE 'supply' END AND p.effective_from <= %(now)s
         ORDER BY p.effective_from DESC, p.version DESC LIMIT 1),
       EXISTS (SELECT 1 FROM conversations_message m WHERE m.sender_key = %(sender_key)s),
       (SELECT p.id FROM people_membership m JOIN people_person p ON p.id = m.person_id
         WHERE m.organisation_id = l.id AND p.is_active
           AND p.id = CASE WHEN l.id = c.partner_id THEN c.partner_owner_id ELSE c.client_owner_id END),
       o.id, o.public_id, o.promise, o.owner_id, o.state, o.due_at
  FROM conversations_conversation v JOIN cases_case c ON c.id = v.case_id
  JOIN people_organisation l ON l.id = CASE WHEN c.client_id = %(me)s THEN c.partner_id ELSE c.client_id END
  LEFT JOIN clocks_clock o ON o.conversation_id = v.id AND o.state IN ('running', 'broken')
 WHERE c.reference = %(reference)s AND c.environment = %(environment)s AND %(me)s IN (c.client_id, c.partner_id)
 ORDER BY o.id
"""

# The case is held first, as everywhere: whoever is closing it or giving it to someone else is waited for, and then noticed.
POSTGRESQL = """
WITH held AS (
  SELECT id FROM cases_case
   WHERE id = %(case)s::bigint AND state = %(state)s::text AND partner_id = %(partner)s::bigint FOR SHARE),
moved AS (
  UPDATE conversations_conversation v
     SET message_count = %(number)s::int, last_message_at = %(at)s::timestamptz, log_length = %(log_length)s::int, log_digest = %(log_digest)s
    FROM held
   WHERE v.id = %(conversation)s::bigint AND v.log_length = %(before)s::int AND v.message_count = %(number)s::int - 1
  RETURNING v.id),
said AS (
  INSERT INTO conversations_message
    (public_id, conversation_id, number, engagement_id, environment, client_id, partner_id, author_id, organisation_id, body, expects_answer, sender_key, via, at)
  SELECT %(message)s, moved.id, %(number)s::int, %(engagement)s::bigint, %(environment)s::text, %(client)s::bigint, %(partner)s::bigint, %(author)s::bigint, %(me)s::bigint, %(body)s, %(expects)s::bool, %(sender_key)s::text, %(via)s::text, %(at)s::timestamptz
    FROM moved
  RETURNING id),
met AS (
  UPDATE clocks_clock SET state = CASE state WHEN 'broken' THEN 'late' ELSE 'kept' END, settled_at = %(at)s::timestamptz
    FROM moved WHERE clocks_clock.id = ANY(%(met)s::bigint[])),
started AS (
  INSERT INTO clocks_clock
    (public_id, promise, policy_id, calendar_id, case_id, environment, conversation_id, message_id, owner_id, owed_to_id, state, started_at, warn_at, due_at)
  SELECT %(clock)s::text, %(promise)s::text, %(policy)s::bigint, %(calendar)s::bigint, %(case)s::bigint, %(environment)s::text, %(conversation)s::bigint, said.id, %(listener)s::bigint, %(me)s::bigint, 'running',
         %(at)s::timestamptz, %(warn_at)s::timestamptz, %(due_at)s::timestamptz
    FROM said WHERE %(clock)s::text IS NOT NULL),
mark AS (
  INSERT INTO conversations_bookmark (conversation_id, person_id, through, at, looked_at)
  SELECT moved.id, %(author)s::bigint, %(number)s::int, %(at)s::timestamptz, %(at)s::timestamptz FROM moved WHERE %(author)s::bigint IS NOT NULL
  ON CONFLICT (conversation_id, person_id) DO UPDATE SET through = EXCLUDED.through, at = EXCLUDED.at, looked_at = EXCLUDED.at),
told AS (
  INSERT INTO deliveries_delivery AS d
    (public_id, kind, person_id, organisation_id, case_id, event_kind, since, latest_at, first, through, address, subject, text, html, state, due_at, tries, why)
  SELECT 'dlv_' || left(replace(gen_random_uuid()::text, '-', ''), 16), 'bundle', p.id, %(listener)s::bigint, %(case)s::bigint, '', %(at)s::timestamptz, %(at)s::timestamptz,
         %(number)s::int, %(number)s::int, '', '', '', '', 'waiting',
         CASE w.message WHEN 'at_once' THEN %(at)s::timestamptz ELSE %(tell_at)s::timestamptz END, 0, ''
    FROM moved, people_membership m JOIN people_person p ON p.id = m.person_id LEFT JOIN deliveries_wishes w ON w.person_id = p.id
   WHERE m.organisation_id = %(listener)s::bigint AND p.is_active AND p.id IS DISTINCT FROM %(author)s::bigint
     AND (coalesce(w.message, '') <> 'off' AND (%(owner)s::bigint IS NULL OR p.id = %(owner)s::bigint)
       OR EXISTS (SELECT 1 FROM deliveries_absence a JOIN people_membership away ON away.id = a.membership_id
                   WHERE a.colleague_id = m.id AND a.begins_at <= %(at)s::timestamptz AND a.ends_at > %(at)s::timestamptz
                     AND (%(owner)s::bigint IS NULL OR away.person_id = %(owner)s::bigint)))
  ON CONFLICT (case_id, person_id) WHERE kind = 'bundle' AND state = 'waiting'
  DO UPDATE SET through = EXCLUDED.through, first = CASE d.first WHEN 0 THEN EXCLUDED.first ELSE d.first END,
                latest_at = EXCLUDED.latest_at, seen_at = NULL, due_at = least(d.due_at, EXCLUDED.due_at))
INSERT INTO events_event
  (xid, subject, number, kind, at, recorded_at, by, organisation, via, facts, environment, case_id, client_id, partner_id, referrer_id, previous, digest)
SELECT greatest(pg_current_xact_id(), (SELECT b.xid FROM events_event b WHERE b.subject = %(subject)s AND b.number = %(before)s::int)),
       %(subject)s, e.number, e.kind, %(at)s::timestamptz, %(at)s::timestamptz, %(by)s, %(acting_for)s, %(via)s::text, e.facts::jsonb, %(environment)s::text, %(case)s::bigint,
       %(client)s::bigint, %(partner)s::bigint, NULL, e.previous, e.digest
  FROM moved, unnest(%(numbers)s::int[], %(kinds)s::text[], %(facts)s::text[], %(previous)s::text[], %(digests)s::text[])
       AS e (number, kind, facts, previous, digest)
RETURNING (SELECT id FROM said)
"""

# The same on SQLite, one after the other; `said` is the row that the first of them made. EVENT is said once for each event.
SQLITE = (
    """
INSERT INTO conversations_message
  (public_id, conversation_id, number, engagement_id, environment, client_id, partner_id, author_id, organisation_id, body, expects_answer, sender_key, via, at)
VALUES (%(message)s, %(conversation)s, %(number)s, %(engagement)s, %(environment)s, %(client)s, %(partner)s, %(author)s, %(me)s, %(body)s, %(expects)s, %(sender_key)s, %(via)s, %(at)s)
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
        %(client)s, %(partner)s, NULL, %(previous)s, %(digest)s)
"""
