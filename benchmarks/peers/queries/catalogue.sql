select json_build_object('clinics', json_build_object('edges', coalesce(json_agg(
  json_build_object('cursor', clinic.code, 'node', json_build_object(
    'id', clinic.id,
    'code', clinic.code,
    'name', clinic.name,
    'status', clinic.status,
    'timeZone', clinic.time_zone,
    'currency', clinic.currency,
    'address', json_build_object(
      'street', clinic.street, 'city', clinic.city, 'country', clinic.country),
    'protocols', json_build_object('edges', (
      select coalesce(json_agg(json_build_object('cursor', adopted.id, 'node', json_build_object(
        'id', adopted.id,
        'state', adopted.state,
        'adoptedAt', adopted.adopted_at,
        'revision', adopted.revision,
        'template', json_build_object('code', template.code, 'kind', template.protocol_kind),
        'version', json_build_object('number', version.number, 'state', version.state,
          'publishedFrom', version.published_from),
        'addOns', (
          select coalesce(json_agg(json_build_object(
            'id', add_on.id,
            'key', add_on.add_on_key,
            'price', (
              select json_build_object(
                'id', price.id,
                'amount', json_build_object(
                  'amountMinor', price.amount_minor, 'currency', price.currency),
                'furtherArea', json_build_object(
                  'amountMinor', price.further_area_minor, 'currency', price.currency),
                'addOn', price.add_on_key,
                'severity', price.severity,
                'validFrom', price.valid_from)
              from protocol_prices price
              where price.clinic_id = clinic.id
                and price.clinic_protocol_id = adopted.id
                and price.add_on_key = add_on.add_on_key
                and price.severity is null
                and price.valid_from <= date(timezone(clinic.time_zone, now()))
              order by price.valid_from desc limit 1))
            order by add_on.add_on_key collate "C"), '[]')
          from clinic_protocol_add_ons add_on where add_on.clinic_protocol_id = adopted.id)))
        order by adopted.id), '[]')
      from (
        select * from clinic_protocols where clinic_id = clinic.id order by id limit 10
      ) adopted
      join protocol_templates template on template.id = adopted.template_id
      join protocol_versions version on version.id = adopted.version_id))))
  order by clinic.code), '[]')))
from (select * from clinics order by code limit $1) clinic
