// A person's picture: uploaded as a browser does it, drawn anew, served to whoever knows its URL.
import { deflateSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import sharp from 'sharp';
import { setPicture } from '../../src/identity/pictures/pictures.ts';
import { changeOwnProfile } from '../../src/identity/users/own-profile.ts';
import { deleteUser, disableUser } from '../../src/identity/users/users.ts';
import { type Agent, createAgent, formOf, type Page } from '../support/agent.ts';
import { bearer, get } from '../support/http.ts';
import { ALICE, createPerson, startServer, type TestServer } from '../support/server.ts';
import { signedIn } from '../support/victims.ts';

let server: TestServer;
let names = 0;
let alice: { id: string; login: string; password: string };
let agent: Agent;
let page: Page;

beforeAll(async () => {
  server = await startServer({ INSECURE_NO_RATE_LIMITS: 'true' });
});

afterAll(() => server.close());

beforeEach(async () => {
  const login = `alice${++names}`;
  alice = { ...ALICE, login, id: (await createPerson(server, { ...ALICE, login })).id };
  agent = createAgent(server.issuer);
  page = await agent.submit(await agent.browse('/account/profile'), 'login-submit', { ...alice });
});

const image = (width = 800, height = 600) =>
  sharp({ create: { width, height, channels: 3, background: '#b5651d' } });

/** As a browser sends the form, with whatever is in it. */
async function upload(file: Buffer | undefined, { csrf }: { csrf?: string } = {}) {
  const body = new FormData();
  body.set('csrf', csrf ?? String(formOf(page.body, 'picture-submit').fields['csrf']));
  if (file) body.set('picture', new Blob([new Uint8Array(file)], { type: 'image/png' }), 'me.png');
  return post(body);
}

async function post(
  body: FormData | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
) {
  const answer = await fetch(`${server.issuer}/account/profile/picture`, {
    method: 'POST',
    redirect: 'manual',
    body,
    headers: {
      origin: server.issuer,
      accept: 'text/html',
      cookie: agent.cookies.map(({ name, value }) => `${name}=${value}`).join('; '),
      ...headers,
    },
  });
  return { status: answer.status, body: await answer.text() };
}

async function shown(): Promise<string | undefined> {
  const { body } = await agent.browse('/account/profile');
  return /src="(\/pictures\/[^"]+)"/.exec(body)?.[1];
}

async function fetched(path: string) {
  const answer = await fetch(`${server.issuer}${path}`);
  return { answer, bytes: Buffer.from(await answer.arrayBuffer()) };
}

const stored = () => server.services.db.userPicture.count({ where: { userId: alice.id } });

test.each([
  ['JPEG', () => image().jpeg().toBuffer()],
  ['PNG', () => image(10, 3000).png().toBuffer()],
  ['WebP', () => image().webp().toBuffer()],
])('a picture in %s is drawn anew, small and square, and served for ever', async (_, made) => {
  expect((await upload(await made())).status).toBe(303);

  const { answer, bytes } = await fetched((await shown()) ?? '');
  expect(answer.status).toBe(200);
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'content-type': 'image/webp',
    'cache-control': 'public, max-age=31536000, immutable',
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; sandbox",
    'cross-origin-resource-policy': 'cross-origin',
  });
  expect(await sharp(bytes).metadata()).toMatchObject({ format: 'webp', width: 256, height: 256 });
});

test('applications are told its URL with the profile, and with nothing else', async () => {
  await upload(await image().png().toBuffer());
  const told = async (scope: string) => {
    const { accessToken } = await signedIn(server, { person: alice, parameters: { scope } });
    return (await get(`${server.issuer}/userinfo`, bearer(accessToken))).json['picture'];
  };
  expect(await told('openid profile')).toBe(`${server.issuer}${await shown()}`);
  expect(await told('openid email')).toBeUndefined();
});

test('another picture has another URL, and the one before is gone', async () => {
  await upload(await image().png().toBuffer());
  const first = (await shown()) ?? '';
  await upload(await image().png().toBuffer());
  const second = (await shown()) ?? '';
  expect(second).not.toBe(first);
  expect((await fetched(first)).answer.status).toBe(404);
  expect((await fetched(second)).answer.status).toBe(200);
  expect(await stored()).toBe(1);
});

test('it is removed, and a disabled person’s is not shown', async () => {
  await upload(await image().png().toBuffer());
  const path = (await shown()) ?? '';
  await agent.submit(await agent.browse('/account/profile'), 'picture-remove');
  expect(await shown()).toBeUndefined();
  expect((await fetched(path)).answer.status).toBe(404);

  await upload(await image().png().toBuffer());
  const another = (await shown()) ?? '';
  await disableUser(server.services, alice.id, { type: 'system' });
  expect((await fetched(another)).answer.status).toBe(404);
});

test('nothing of the file survives but the image: no position, no comment, no bytes behind it', async () => {
  const secret = 'VGhpcyBpcyB3aGVyZSBJIGxpdmU';
  const exif = { IFD0: { ImageDescription: secret, Copyright: secret } };
  const photo = await image().withExif(exif).withXmp(`<x>${secret}</x>`).jpeg().toBuffer();
  const polyglot = Buffer.concat([photo, Buffer.from(`<script>${secret}</script>PK\u0003\u0004`)]);
  expect(polyglot.includes(secret)).toBe(true);
  expect((await upload(polyglot)).status).toBe(303);
  const { bytes } = await fetched((await shown()) ?? '');
  expect(bytes.includes(secret)).toBe(false);
  expect(bytes.includes('<script>')).toBe(false);
  expect(await sharp(bytes).metadata()).not.toHaveProperty('exif');
});

test('a photo that was held sideways is put upright', async () => {
  const half = (background: string) => ({
    create: { width: 100, height: 200, channels: 3 as const, background },
  });
  const halves = sharp({ create: { width: 200, height: 200, channels: 3, background: '#000' } });
  const photo = await halves
    .composite([
      { input: half('#ff0000'), left: 0, top: 0 },
      { input: half('#0000ff'), left: 100, top: 0 },
    ])
    .withMetadata({ orientation: 6 }) // shown turned by a quarter to the right: red comes to the top
    .png()
    .toBuffer();
  await upload(photo);
  const { bytes } = await fetched((await shown()) ?? '');
  const { data } = await sharp(bytes).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const pixel = (x: number, y: number) => [
    ...data.subarray((y * 256 + x) * 3, (y * 256 + x) * 3 + 3),
  ];
  expect(pixel(128, 20)[0]).toBeGreaterThan(200);
  expect(pixel(128, 236)[2]).toBeGreaterThan(200);
});

/** A PNG that says it is that large, with next to nothing in it. */
function pngOfSize(width: number, height: number): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc(body));
    return Buffer.concat([length, body, sum]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.alloc(1024))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function crc(bytes: Buffer): number {
  let sum = 0xffffffff;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
  }
  return (sum ^ 0xffffffff) >>> 0;
}

test.each<[string, () => Buffer | Promise<Buffer>]>([
  ['SVG', () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>')],
  ['GIF', () => image().gif().toBuffer()],
  ['AVIF', () => image(64, 64).avif().toBuffer()],
  ['TIFF', () => image(64, 64).tiff().toBuffer()],
  ['HTML', () => Buffer.from('<!doctype html><script>alert(1)</script>')],
  ['a page with the beginning of a JPEG', () => Buffer.from('\xff\xd8\xff<script>', 'latin1')],
  [
    'an SVG behind the beginning of a PNG',
    () => Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.from('<svg/>')]),
  ],
  ['100,000 × 100,000 pixels', () => pngOfSize(100_000, 100_000)],
  ['6,000 × 6,000 pixels of black', () => image(6000, 6000).png().toBuffer()],
  ['half a JPEG', async () => halfOf(await noise().jpeg().toBuffer())],
  ['half a PNG', async () => halfOf(await noise().png().toBuffer())],
])('%s is refused, and the picture there is stays', async (_, made) => {
  await upload(await image().png().toBuffer());
  const before = await shown();
  const refused = await upload(await made());
  expect(refused.status).toBe(422);
  expect(refused.body).toContain('id="picture-fault"');
  expect(refused.body).toContain('id="profile-submit"');
  expect(await shown()).toBe(before);
});

const halfOf = (bytes: Buffer) => bytes.subarray(0, bytes.length / 2);

function noise() {
  const data = Buffer.from(Array.from({ length: 100 * 100 * 3 }, (_, i) => (i * 7919) % 251));
  return sharp(data, { raw: { width: 100, height: 100, channels: 3 } });
}

test('what is too large is read to its end and refused on the page', async () => {
  for (const megabytes of [6, 20]) {
    const refused = await upload(Buffer.alloc(megabytes * 1024 * 1024, 'x'));
    expect(refused.status).toBe(413);
    expect(refused.body).toContain('5 MB at most');
  }
  expect(await stored()).toBe(0);
});

test('a form without a file says so', async () => {
  const refused = await upload(undefined);
  expect(refused.status).toBe(422);
  expect(refused.body).toContain('Choose a picture.');
});

test('attack 22: a form of another site changes no picture', async () => {
  expect((await upload(await image().png().toBuffer(), { csrf: 'x' })).status).toBe(403);
  const { fields } = formOf(page.body, 'picture-submit');
  const body = new FormData();
  body.set('csrf', String(fields['csrf']));
  body.set('picture', new Blob([new Uint8Array(await image().png().toBuffer())]), 'me.png');
  expect((await post(body, { origin: 'https://evil.example' })).status).toBe(403);
  expect((await agent.open('/account/profile/picture/removal', { csrf: 'x' })).status).toBe(403);
  expect(await stored()).toBe(0);
});

test('attack 43: forms that are no forms are refused at once', async () => {
  const part = '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n';
  const bodies = {
    'many parts': part.repeat(50_000) + '--x--\r\n',
    'many headers': `--x\r\n${'X-A: b\r\n'.repeat(200_000)}\r\n\r\n--x--\r\n`,
    'two files': `${['a', 'b'].map((name) => `--x\r\nContent-Disposition: form-data; name="${name}"; filename="f"\r\n\r\nz\r\n`).join('')}--x--\r\n`,
    'no end': '--x\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n',
    nothing: '',
  };
  for (const [what, body] of Object.entries(bodies)) {
    const bytes = new Uint8Array(Buffer.from(body));
    const { status } = await post(bytes, { 'content-type': 'multipart/form-data; boundary=x' });
    expect({ what, refused: [400, 403].includes(status) }).toEqual({ what, refused: true });
  }
  const { status } = await post(new Uint8Array(1), { 'content-type': 'multipart/form-data' });
  expect(status).toBe(400);
  expect(await stored()).toBe(0);
});

test('attack 43: nobody waits for pictures: of many at once some are told to come back', async () => {
  const large = await image(4000, 4000).png().toBuffer();
  const began = Date.now();
  const uploads = Array.from({ length: 12 }, () => upload(large));
  const { status } = await fetch(`${server.issuer}/.well-known/openid-configuration`);
  expect(status).toBe(200);
  expect(Date.now() - began).toBeLessThan(3000);
  const statuses = (await Promise.all(uploads)).map((one) => one.status);
  expect(statuses.filter((one) => one === 503).length).toBeGreaterThan(0);
  expect(statuses.filter((one) => one === 303).length).toBeGreaterThan(0);
  expect(await stored()).toBe(1);
}, 60_000);

test('an id that is none leads nowhere', async () => {
  for (const id of ['x', 'a'.repeat(43), '..%2f..%2fetc%2fpasswd', '%00']) {
    const { answer } = await fetched(`/pictures/${id}`);
    expect([400, 404]).toContain(answer.status);
  }
});

test('a person who is deleted while their picture is drawn has none, and that is no fault of ours', async () => {
  const pictureDrawing = {
    async draw() {
      await deleteUser(server.services, alice.id, { type: 'system' });
      return image(1, 1).webp().toBuffer();
    },
  };
  const deps = { ...server.services, pictureDrawing };
  await expect(setPicture(deps, alice.id, Buffer.of())).rejects.toMatchObject({
    code: 'user_not_found',
  });
  const changed = { userId: alice.id, name: 'Alice', details: { nickname: 'Al' } };
  await changeOwnProfile(server.services, changed);
  expect(await stored()).toBe(0);
});

test('nobody keeps a processor busy with their pictures alone', async () => {
  const limited = new Error('limited');
  const rateLimits = { consume: () => Promise.reject(limited) };
  const pictureDrawing = { draw: () => Promise.reject(new Error('drawn')) };
  const deps = { ...server.services, rateLimits, pictureDrawing };
  await expect(setPicture(deps, alice.id, await image().png().toBuffer())).rejects.toBe(limited);
});
