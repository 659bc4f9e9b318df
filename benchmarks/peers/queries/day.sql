select json_build_object('appointments', json_build_object('edges', coalesce(json_agg(
  json_build_object('cursor', visit.id, 'node', json_build_object(
    'id', visit.id,
    'startsAt', visit.starts_at,
    'endsAt', visit.ends_at,
    'state', visit.state,
    'areas', visit.areas,
    'addOns', visit.add_on_keys,
    'client', (
      select json_build_object('id', client.id, 'code', client.code,
        'externalReference', client.external_reference, 'revision', client.revision)
      from clients client where client.id = visit.client_id),
    'course', (
      select json_build_object('id', course.id, 'code', course.code,
        'sessionsPlanned', course.sessions_planned, 'soldOn', course.sold_on,
        'expiresOn', course.expires_on,
        'nextSession', (
          select json_build_object('id', session.id, 'number', session.number,
            'state', session.state, 'earliestOn', session.earliest_on,
            'preferredOn', session.preferred_on, 'latestOn', session.latest_on)
          from course_sessions session
          where session.course_id = course.id and session.state = 'PLANNED'
          order by session.number limit 1))
      from courses course where course.id = visit.course_id),
    'protocol', (
      select json_build_object('id', adopted.id,
        'template', json_build_object('code', template.code, 'kind', template.protocol_kind),
        'version', json_build_object('number', version.number))
      from clinic_protocols adopted
      join protocol_templates template on template.id = adopted.template_id
      join protocol_versions version on version.id = adopted.version_id
      where adopted.id = visit.clinic_protocol_id),
    'practitioners', (
      select coalesce(json_agg(json_build_object('id', who.id, 'code', who.code, 'name', who.name)
        order by who.code), '[]')
      from allocations taken join practitioners who on who.resource_no = taken.resource_no
      where taken.appointment_id = visit.id and taken.resource_kind = 'PRACTITIONER'
        and taken.state in ('BOOKED', 'HELD')),
    'rooms', (
      select coalesce(json_agg(json_build_object('id', room.id, 'code', room.code,
        'name', room.name, 'roomKind', room.room_kind) order by room.code), '[]')
      from allocations taken join rooms room on room.resource_no = taken.resource_no
      where taken.appointment_id = visit.id and taken.resource_kind = 'ROOM'
        and taken.state in ('BOOKED', 'HELD'))))
  order by visit.starts_at, visit.id), '[]')))
from (
  select * from appointments
  where clinic_id = $1::uuid and starts_at >= $2 and starts_at < $3
  order by starts_at, id limit 50
) visit
