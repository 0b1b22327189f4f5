-- AlterTable
ALTER TABLE "clients" ADD COLUMN     "built_in" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "sessions" ADD COLUMN     "address" TEXT,
ADD COLUMN     "browser" TEXT,
ADD COLUMN     "last_used_at" TIMESTAMPTZ(3);
