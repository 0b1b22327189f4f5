// The doorway of nodemailer, which is loaded for the first mail. TLS is required of every server but one on this
// computer; certificates are always checked. A mail has one recipient, and its address is never parsed out of a header.
import { readFile } from 'node:fs/promises';
import { types } from 'node:util';
import type { Config } from '../../config.ts';
import { DomainError } from '../../foundation/errors.ts';
import { maskSecrets, printable } from '../masking.ts';
import { readSender, type Sender } from './mail-address.ts';
import type { MailContent } from './mail-kinds.ts';
import type { Attempt } from './mail-outcome.ts';

const { isNativeError } = types;
const CONNECTION_MS = 10_000;
const SILENCE_MS = 20_000;
const ONE_MAIL_MS = 90_000;
const CONNECTIONS = 3;
const FAULT_CHARACTERS = 200;

export interface OutgoingMail extends MailContent {
  id: string;
  to: string;
}

export interface MailTransport {
  /** @throws when the server did not take it; `sendFault` says what that means */
  send: (mail: OutgoingMail) => Promise<void>;
  /** Mails that are under way fail. */
  close: () => void;
}

type SmtpConfig = Pick<
  Config,
  'smtpUrl' | 'smtpPasswordFile' | 'mailFrom' | 'brandName' | 'issuer' | 'insecureSmtpPlaintext'
>;

/** Connects with the first mail, to the server that SMTP_URL names. */
export async function openSmtpTransport(config: SmtpConfig): Promise<MailTransport> {
  const [{ createTransport }, options] = await Promise.all([
    import('nodemailer'),
    smtpOptions(config),
  ]);
  const transport = createTransport(options);
  const from = readSender(config);
  return {
    send: async (mail) => {
      const signal = AbortSignal.timeout(ONE_MAIL_MS);
      await transport.sendMail({ ...messageOf(mail, from), signal });
    },
    close: () => transport.close({ force: true }),
  };
}

/**
 * For the start: later the file is only missed when the first mail is to leave.
 * @throws DomainError `invalid` `smtp_password_unreadable`
 */
export async function assertSmtpPassword(config: Pick<Config, 'smtpPasswordFile'>): Promise<void> {
  const { smtpPasswordFile: file } = config;
  if (!file) return;
  await readFile(file).catch((cause: unknown) => {
    const message = `SMTP_PASSWORD_FILE: ${file} cannot be read.`;
    throw new DomainError('invalid', 'smtp_password_unreadable', message, { cause });
  });
}

/** What the connection is made with. */
export async function smtpOptions({
  smtpUrl = '',
  smtpPasswordFile,
  insecureSmtpPlaintext,
}: SmtpConfig) {
  const url = new URL(smtpUrl);
  const secure = url.protocol === 'smtps:';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const isLocal = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/.test(host);
  const pass = smtpPasswordFile
    ? (await readFile(smtpPasswordFile, 'utf8')).trimEnd()
    : decodeURIComponent(url.password);
  return {
    pool: true as const,
    maxConnections: CONNECTIONS,
    // When a mail is tried again is the outbox's to decide, and for all nodes.
    maxRequeues: 0,
    host,
    port: Number(url.port) || (secure ? 465 : 587),
    secure,
    requireTLS: !secure && !isLocal && !insecureSmtpPlaintext,
    ignoreTLS: isLocal,
    ...(url.username && { auth: { user: decodeURIComponent(url.username), pass } }),
    connectionTimeout: CONNECTION_MS,
    greetingTimeout: CONNECTION_MS,
    dnsTimeout: CONNECTION_MS,
    socketTimeout: SILENCE_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

function messageOf({ id, to, subject, text, html }: OutgoingMail, from: Sender) {
  return {
    from,
    to: { name: '', address: to },
    envelope: { from: from.address, to: [to] },
    // The same at every attempt, so that a mail that is sent twice after all can be told.
    messageId: `<${id}@${from.address.slice(from.address.lastIndexOf('@') + 1)}>`,
    subject,
    text,
    html,
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
  };
}

/**
 * What an error of `send` means. Only a 5xx about this recipient or this message is for good: a password that is
 * refused, say, is the operator's to mend, and then the mail goes out.
 */
export function sendFault(error: unknown): Attempt {
  const { code, responseCode, command, message } = describe(error);
  const fault = printable(maskSecrets(message), FAULT_CHARACTERS);
  if (command === 'RCPT TO' || command === 'DATA') {
    return { result: responseCode >= 500 ? 'refused' : 'deferred', fault };
  }
  return { result: code ? 'unreachable' : 'deferred', fault };
}

function describe(error: unknown) {
  if (!isNativeError(error)) {
    return { code: '', responseCode: 0, command: '', message: String(error) };
  }
  return {
    code: 'code' in error ? String(error.code) : '',
    responseCode: 'responseCode' in error ? Number(error.responseCode) || 0 : 0,
    command: 'command' in error ? String(error.command) : '',
    message: error.message,
  };
}
