"""Tables of the embedded stack: CJ's under CJ's own names and columns, and a few of its own.

A program that reads CJ's PostgreSQL finds the same tables here. What SQLite does not enforce by itself is
spelled out: lengths as CHECKs (a value too long is an IntegrityError, as CJ's database refuses it) and
enumerations.
Times are text, `YYYY-MM-DD HH:MM:SS.ffffff`, with +00:00 where CJ's column has a time zone. JSON is text.
"""

from __future__ import annotations

CONTENT = """
CREATE TABLE IF NOT EXISTS contents (
    storage_id VARCHAR(32) PRIMARY KEY,
    content_type VARCHAR(100) NOT NULL CHECK (length(content_type) <= 100),
    body BLOB NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);
"""

REGISTRY = """
CREATE TABLE IF NOT EXISTS assessment_instructions (
    id INTEGER PRIMARY KEY,
    assignment_id VARCHAR(100) UNIQUE CHECK (length(assignment_id) <= 100),
    course_id VARCHAR(50) CHECK (length(course_id) <= 50),
    instructions_text TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    grade_scale VARCHAR(50) NOT NULL DEFAULT 'swedish_8_anchor',
    student_prompt_storage_id VARCHAR(255) CHECK (length(student_prompt_storage_id) <= 255),
    judge_rubric_storage_id VARCHAR(255) CHECK (length(judge_rubric_storage_id) <= 255),
    context_origin VARCHAR(64) NOT NULL DEFAULT 'research_experiment' CHECK (length(context_origin) <= 64),
    CONSTRAINT chk_context_type CHECK ((assignment_id IS NULL) <> (course_id IS NULL))
);
CREATE TABLE IF NOT EXISTS anchor_essay_references (
    id INTEGER PRIMARY KEY,
    grade VARCHAR(4) NOT NULL CHECK (length(grade) <= 4),
    text_storage_id VARCHAR(255) NOT NULL,
    assignment_id VARCHAR(100) CHECK (length(assignment_id) <= 100),
    created_at TIMESTAMPTZ NOT NULL,
    grade_scale VARCHAR(50) NOT NULL DEFAULT 'swedish_8_anchor',
    anchor_label VARCHAR(255) NOT NULL CHECK (length(anchor_label) <= 255),
    CONSTRAINT uq_anchor_assignment_label_scale UNIQUE (assignment_id, anchor_label, grade_scale)
);
"""

BATCHES = """
CREATE TABLE IF NOT EXISTS cj_batch_uploads (
    id INTEGER PRIMARY KEY,
    bos_batch_id VARCHAR(36) NOT NULL CHECK (length(bos_batch_id) <= 36),
    event_correlation_id VARCHAR(36) NOT NULL CHECK (length(event_correlation_id) <= 36),
    language VARCHAR(10) NOT NULL,
    course_code VARCHAR(50) NOT NULL,
    expected_essay_count INTEGER NOT NULL,
    status TEXT NOT NULL CHECK (status IN (
        'PENDING', 'FETCHING_CONTENT', 'PERFORMING_COMPARISONS', 'COMPLETE_STABLE',
        'COMPLETE_MAX_COMPARISONS', 'ERROR_PROCESSING', 'ERROR_ESSAY_PROCESSING',
        'COMPLETE_INSUFFICIENT_ESSAYS', 'COMPLETE_FORCED_RECOVERY')),
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    completed_at TIMESTAMP,
    processing_metadata JSON,
    assignment_id VARCHAR(100),
    user_id VARCHAR(255),
    org_id VARCHAR(255)
);
CREATE INDEX IF NOT EXISTS ix_cj_batch_uploads_bos_batch_id ON cj_batch_uploads (bos_batch_id);
CREATE TABLE IF NOT EXISTS cj_batch_states (
    batch_id INTEGER PRIMARY KEY REFERENCES cj_batch_uploads (id) ON DELETE CASCADE,
    state TEXT NOT NULL CHECK (state IN (
        'INITIALIZING', 'GENERATING_PAIRS', 'WAITING_CALLBACKS', 'SCORING', 'COMPLETED', 'FAILED',
        'CANCELLED')),
    total_comparisons INTEGER NOT NULL,
    submitted_comparisons INTEGER NOT NULL DEFAULT 0,
    completed_comparisons INTEGER NOT NULL DEFAULT 0,
    failed_comparisons INTEGER NOT NULL DEFAULT 0,
    last_activity_at TIMESTAMPTZ NOT NULL,
    partial_scoring_triggered BOOLEAN NOT NULL DEFAULT 0,
    completion_threshold_pct INTEGER NOT NULL DEFAULT 95,
    current_iteration INTEGER NOT NULL DEFAULT 0,
    processing_metadata JSON,
    total_budget INTEGER
);
CREATE TABLE IF NOT EXISTS cj_processed_essays (
    els_essay_id VARCHAR(36) PRIMARY KEY CHECK (length(els_essay_id) <= 36),
    cj_batch_id INTEGER NOT NULL REFERENCES cj_batch_uploads (id) ON DELETE CASCADE,
    text_storage_id VARCHAR(256) NOT NULL,
    assessment_input_text TEXT NOT NULL,
    current_bt_score DOUBLE PRECISION,
    comparison_count INTEGER NOT NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    processing_metadata JSON,
    current_bt_se DOUBLE PRECISION,
    is_anchor BOOLEAN NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS ix_cj_processed_essays_cj_batch_id ON cj_processed_essays (cj_batch_id);
CREATE TABLE IF NOT EXISTS cj_comparison_pairs (
    id INTEGER PRIMARY KEY,
    cj_batch_id INTEGER NOT NULL REFERENCES cj_batch_uploads (id) ON DELETE CASCADE,
    essay_a_els_id VARCHAR(36) NOT NULL REFERENCES cj_processed_essays (els_essay_id),
    essay_b_els_id VARCHAR(36) NOT NULL REFERENCES cj_processed_essays (els_essay_id),
    prompt_text TEXT NOT NULL,
    winner VARCHAR(20),
    confidence DOUBLE PRECISION,
    justification TEXT,
    raw_llm_response TEXT,
    error_code VARCHAR(100),
    error_correlation_id UUID,
    error_timestamp TIMESTAMPTZ,
    error_service VARCHAR(100),
    error_details JSON,
    created_at TIMESTAMP NOT NULL,
    processing_metadata JSON,
    request_correlation_id UUID,
    submitted_at TIMESTAMPTZ,
    completed_at TIMESTAMPTZ,
    pair_generation_mode VARCHAR(20)
);
CREATE INDEX IF NOT EXISTS ix_cj_comparison_pairs_cj_batch_id ON cj_comparison_pairs (cj_batch_id);
CREATE TABLE IF NOT EXISTS grade_projections (
    els_essay_id VARCHAR(255) NOT NULL REFERENCES cj_processed_essays (els_essay_id),
    cj_batch_id INTEGER NOT NULL REFERENCES cj_batch_uploads (id),
    primary_grade VARCHAR(4) NOT NULL,
    confidence_score DOUBLE PRECISION NOT NULL,
    confidence_label VARCHAR(10) NOT NULL,
    calculation_metadata JSON NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    assessment_method VARCHAR(50) NOT NULL DEFAULT 'cj_assessment',
    model_used VARCHAR(100),
    model_provider VARCHAR(50),
    normalized_score DOUBLE PRECISION,
    population_prior DOUBLE PRECISION,
    grade_scale VARCHAR(50) NOT NULL DEFAULT 'swedish_8_anchor',
    PRIMARY KEY (els_essay_id, cj_batch_id)
);
"""

OWN = """
CREATE TABLE IF NOT EXISTS sandbox_sequences (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS sandbox_requests (
    service TEXT NOT NULL,
    method TEXT NOT NULL,
    route TEXT NOT NULL,
    received INTEGER NOT NULL DEFAULT 0,
    misbehaved INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (service, method, route)
);
"""

SCHEMA = CONTENT + REGISTRY + BATCHES + OWN
