-- AlterTable
ALTER TABLE "clients" ADD COLUMN "accent_color" TEXT;
ALTER TABLE "clients" ADD COLUMN "accent_color_dark" TEXT;
