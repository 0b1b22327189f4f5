-- CreateTable
CREATE TABLE "terms_acceptances" (
    "user_id" TEXT NOT NULL,
    "version" TEXT NOT NULL,
    "accepted_at" DATETIME NOT NULL,

    PRIMARY KEY ("user_id", "version"),
    CONSTRAINT "terms_acceptances_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- AlterTable
-- Added, not made anew as Prisma would: dropping the old table would take the rows along that hang on it.
ALTER TABLE "users" ADD COLUMN "password_needs_factor" BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE "users" ADD COLUMN "password_change_required_at" DATETIME;
ALTER TABLE "users" ADD COLUMN "credentials_version" INTEGER NOT NULL DEFAULT 0;
