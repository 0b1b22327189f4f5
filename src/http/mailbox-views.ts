// The data of the mailbox's pages. All of it may come from whoever caused a mail.

interface MailLine {
  href: string;
  to: string;
  subject: string;
  kind: string;
  /** ISO 8601, and as it is shown. */
  at: string;
  shownAt: string;
}

export interface MailboxViews {
  'mailbox/list': { mails: MailLine[]; most: number };
  'mailbox/mail': MailLine & {
    from: string;
    text: string;
    /** Where the HTML is, for a frame that lets it do nothing. */
    frame: string;
  };
}
