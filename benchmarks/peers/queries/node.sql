select json_build_object('node', (
  select json_build_object(
    'id', id, 'code', code, 'name', name, 'status', status, 'timeZone', time_zone,
    'currency', currency, 'phone', phone,
    'address', json_build_object('street', street, 'city', city, 'country', country))
  from clinics where id = $1::uuid))
