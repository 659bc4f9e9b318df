// PostGraphile 5 as its users would serve this database in production, at its best.
//
// Environment: PEER_DATABASE (JSON for node-postgres' pool), PEER_CALLERS (JSON: by the header
// X-Caller, the settings that row-level security reads). Prints its address.
import { createServer } from "node:http";
import { grafserv } from "postgraphile/grafserv/node";
import { postgraphile } from "postgraphile";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { makePgService } from "postgraphile/adaptors/pg";
import { addPgTableCondition, jsonPgSmartTags } from "postgraphile/utils";

const database = JSON.parse(process.env.PEER_DATABASE);
const callers = JSON.parse(process.env.PEER_CALLERS);
const schemas = ["public"];

// What it cannot see by itself: relations that no foreign key states.
const relations = jsonPgSmartTags({
  version: 1,
  config: {
    class: {
      protocol_prices: {
        tags: {
          foreignKey:
            "(clinic_id, clinic_protocol_id, add_on_key) references " +
            "clinic_protocol_add_ons (clinic_id, clinic_protocol_id, add_on_key)" +
            "|@fieldName addOn|@foreignFieldName prices",
        },
      },
      allocations: {
        tags: {
          foreignKey: [
            "(resource_no) references rooms (resource_no)|@fieldName room",
            "(resource_no) references practitioners (resource_no)|@fieldName practitioner",
          ],
        },
      },
    },
  },
});

const table = (tableName) => ({ schemaName: "public", tableName });
const condition = (tableName, name, type, make) =>
  addPgTableCondition(
    table(tableName),
    name,
    ({ graphql, getInputTypeByName }) => ({
      type: type === "Boolean" ? graphql.GraphQLBoolean : getInputTypeByName(type),
    }),
    make,
  );

const instant = (value, { sql }) => sql`${sql.value(value)}::timestamptz`;
// Conditions beyond equality, made as its documentation says.
const conditions = [
  condition("appointments", "startsFrom", "Datetime", (value, given) => {
    const { sql, sqlTableAlias: visit } = given;
    return sql`${visit}.starts_at >= ${instant(value, given)}`;
  }),
  condition("appointments", "startsBefore", "Datetime", (value, given) => {
    const { sql, sqlTableAlias: visit } = given;
    return sql`${visit}.starts_at < ${instant(value, given)}`;
  }),
  condition("allocations", "live", "Boolean", (value, { sql, sqlTableAlias: taken }) =>
    value ? sql`${taken}.state in ('BOOKED', 'HELD')` : null,
  ),
  condition("protocol_prices", "inForce", "Boolean", (value, { sql, sqlTableAlias: price }) =>
    value
      ? sql`(${price}.severity is null and ${price}.valid_from <= (
          select date(timezone(time_zone, now())) from clinics where clinics.id = ${price}.clinic_id))`
      : null,
  ),
];

const preset = {
  extends: [PostGraphileAmberPreset],
  plugins: [relations, ...conditions],
  // Reads only; and relations too whose key begins with clinic_id while the index does not.
  disablePlugins: [
    "PgMutationCreatePlugin",
    "PgMutationUpdateDeletePlugin",
    "PgIndexBehaviorsPlugin",
  ],
  schema: { defaultBehavior: "list connection" }, // plain lists where ours has them
  pgServices: [makePgService({ schemas, poolConfig: { ...database, max: 8 } })],
  grafast: {
    explain: false,
    context: ({ node }) => ({ pgSettings: callers[node.req.headers["x-caller"]] }),
  },
  // Answers are written as text while they are put together: its own optimisation, off by default.
  grafserv: { graphiql: false, websockets: false, watch: false, outputDataAsString: true },
};

const server = createServer();
server.on("error", (error) => {
  console.error(error);
  process.exit(1);
});
const instance = postgraphile(preset);
if (process.argv[2] === "--schema") {
  const { printSchema } = await import("postgraphile/graphql");
  console.log(printSchema(await instance.getSchema()));
  process.exit(0);
}
await instance.createServ(grafserv).addTo(server);
await instance.getSchema();
server.listen(0, "127.0.0.1", () => {
  console.log(`GraphQL at http://127.0.0.1:${server.address().port}/graphql`);
});
