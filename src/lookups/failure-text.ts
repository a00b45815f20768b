// What a client of a server threw in, a text that may be logged out: without the password, whatever it quotes.

/** @param secrets what must not stand in it */
export function failureText(error: unknown, secrets: readonly string[]): string {
  return secrets
    .filter(secret => secret.length >= SHORTEST_SECRET)
    .reduce((text, secret) => text.replaceAll(secret, '***'), plainText(error))
}

/** Of a shorter one every second text has a part. */
const SHORTEST_SECRET = 3

function plainText(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  // A host with several addresses: the text is empty, each of them has its own.
  if (error instanceof AggregateError && error.errors.length > 0) return plainText(error.errors[0])
  return error.message || (error as NodeJS.ErrnoException).code || error.name
}
