-- CreateTable
CREATE TABLE "mailed_sign_ins" (
    "id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "browser" TEXT NOT NULL,
    "token_hash" TEXT NOT NULL,
    "code_hash" TEXT NOT NULL,
    "code_attempts" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "mailed_sign_ins_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "mailed_sign_ins_user_id_idx" ON "mailed_sign_ins"("user_id");

-- CreateIndex
CREATE INDEX "mailed_sign_ins_expires_at_idx" ON "mailed_sign_ins"("expires_at");

-- AddForeignKey
ALTER TABLE "mailed_sign_ins" ADD CONSTRAINT "mailed_sign_ins_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;
