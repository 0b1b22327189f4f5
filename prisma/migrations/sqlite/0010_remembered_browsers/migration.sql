-- AlterTable
-- Added, not made anew as Prisma would: dropping the old table would take the rows along that hang on it.
ALTER TABLE "apis" ADD COLUMN "level" INTEGER NOT NULL DEFAULT 1;

-- CreateTable
CREATE TABLE "remembered_browsers" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "user_id" TEXT NOT NULL,
    "token_hash" TEXT NOT NULL,
    "address" TEXT,
    "browser" TEXT,
    "created_at" DATETIME NOT NULL,
    "last_used_at" DATETIME NOT NULL,
    "expires_at" DATETIME NOT NULL,
    CONSTRAINT "remembered_browsers_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateIndex
CREATE UNIQUE INDEX "remembered_browsers_token_hash_key" ON "remembered_browsers"("token_hash");

-- CreateIndex
CREATE INDEX "remembered_browsers_user_id_idx" ON "remembered_browsers"("user_id");

-- CreateIndex
CREATE INDEX "remembered_browsers_expires_at_idx" ON "remembered_browsers"("expires_at");
