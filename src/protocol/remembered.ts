// Services ask for the same thing thousands of times. What was found for it is kept with what it was found from: a
// registration or a part of one, which every change replaces (clients/client-registry.ts).

/** Callers choose what they ask for: beyond this many different questions a source starts anew. */
const MOST_KEPT = 100;

/** @param find must depend on its two arguments alone; what it throws is not kept */
export function remembered<S extends object, T extends object | string>(
  find: (source: S, question: string) => T,
): (source: S, question: string) => T {
  const kept = new WeakMap<S, Map<string, T>>();

  return (source, question) => {
    const answers = kept.get(source) ?? new Map<string, T>();
    const known = answers.get(question);
    if (known !== undefined) return known;

    const answer = find(source, question);
    if (answers.size >= MOST_KEPT) answers.clear();
    kept.set(source, answers.set(question, answer));
    return answer;
  };
}
