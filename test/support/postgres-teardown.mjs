export default async function stopPostgresForTests() {
  await globalThis.postgresForTests?.stop();
}
