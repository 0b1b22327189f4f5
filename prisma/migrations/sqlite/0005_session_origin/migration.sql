-- AlterTable
ALTER TABLE "sessions" ADD COLUMN "address" TEXT;
ALTER TABLE "sessions" ADD COLUMN "browser" TEXT;
ALTER TABLE "sessions" ADD COLUMN "last_used_at" DATETIME;

-- AlterTable
-- Added, not made anew as Prisma would: dropping the old table would take the rows along that hang on it.
ALTER TABLE "clients" ADD COLUMN "built_in" BOOLEAN NOT NULL DEFAULT false;
