-- CreateTable
CREATE TABLE "mails" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "user_id" TEXT,
    "recipient" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "sealed_content" TEXT,
    "created_at" DATETIME NOT NULL,
    "due_at" DATETIME,
    "give_up_at" DATETIME NOT NULL,
    "expires_at" DATETIME,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "sent_at" DATETIME,
    "failed_at" DATETIME,
    "fault" TEXT,
    CONSTRAINT "mails_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateIndex
CREATE INDEX "mails_due_at_idx" ON "mails"("due_at");

-- CreateIndex
CREATE INDEX "mails_failed_at_idx" ON "mails"("failed_at");

-- CreateIndex
CREATE INDEX "mails_created_at_idx" ON "mails"("created_at");

-- CreateIndex
CREATE INDEX "mails_user_id_idx" ON "mails"("user_id");
