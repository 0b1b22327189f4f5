-- CreateTable
CREATE TABLE "logout_notices" (
    "id" TEXT NOT NULL,
    "client_id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "sid" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "due_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "attempts" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "logout_notices_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "undo_links" (
    "id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "change" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "token_hash" TEXT NOT NULL,
    "former_seed" TEXT,
    "former_from" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "undo_links_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "logout_notices_due_at_idx" ON "logout_notices"("due_at");

-- CreateIndex
CREATE UNIQUE INDEX "undo_links_token_hash_key" ON "undo_links"("token_hash");

-- CreateIndex
CREATE INDEX "undo_links_user_id_idx" ON "undo_links"("user_id");

-- CreateIndex
CREATE INDEX "undo_links_expires_at_idx" ON "undo_links"("expires_at");

-- AddForeignKey
ALTER TABLE "undo_links" ADD CONSTRAINT "undo_links_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;
