import { DomainError } from '../foundation/errors.js';
const MAX_BODY_BYTES = 64 * 1024;
/** A repeated field becomes a list, which only a schema that expects one accepts. */
export async function readForm(ctx, schema) {
    requireType(ctx, 'application/x-www-form-urlencoded');
    return checked(schema, fieldsOf(new URLSearchParams(await readBody(ctx))));
}
export async function readJson(ctx, schema) {
    requireType(ctx, 'application/json');
    const text = await readBody(ctx);
    try {
        return checked(schema, JSON.parse(text));
    }
    catch (error) {
        if (error instanceof DomainError)
            throw error;
        throw new DomainError('invalid', 'invalid_json', 'The body is not valid JSON.', { cause: error });
    }
}
export function readQuery(ctx, schema) {
    return checked(schema, fieldsOf(ctx.URL.searchParams));
}
export function readParams(ctx, schema) {
    return checked(schema, ctx['params']);
}
function checked(schema, input) {
    const parsed = schema.safeParse(input);
    if (parsed.success)
        return parsed.data;
    const [issue] = parsed.error.issues;
    const where = issue?.path.join('.');
    const message = issue?.message ?? 'is not valid';
    throw new DomainError('invalid', 'invalid_input', where ? `${where}: ${message}` : message);
}
function fieldsOf(params) {
    const fields = Object.create(null);
    for (const [name, value] of params) {
        if (name.includes('\0') || value.includes('\0')) {
            throw new DomainError('invalid', 'invalid_input', `${name.replaceAll('\0', '')}: must not hold NUL`);
        }
        const before = fields[name];
        fields[name] = before === undefined ? value : [before, value].flat();
    }
    return { ...fields };
}
function requireType(ctx, type) {
    if (ctx.is(type))
        return;
    throw new DomainError('invalid', 'unsupported_content_type', `The body must be ${type}.`);
}
async function readBody({ req }) {
    const chunks = [];
    let size = 0;
    for await (const chunk of req) {
        size += chunk.length;
        if (size > MAX_BODY_BYTES)
            throw new DomainError('too-large', 'body_too_large', 'The body is too large.');
        chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString('utf8');
}
//# sourceMappingURL=input.js.map