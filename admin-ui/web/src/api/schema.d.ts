/* Generated from admin-ui/api by `npm run docs`. */
export interface paths {
    "/api/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * This description, as OpenAPI 3.1
         * @description For everybody.
         */
        get: operations["describe"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who is signed in, and what they may do
         * @description For whoever is signed in.
         */
        get: operations["whoAmI"];
        put?: never;
        /**
         * Sign in with a directory account
         * @description For everybody.
         */
        post: operations["signIn"];
        /**
         * Sign out
         * @description For whoever is signed in.
         */
        delete: operations["signOut"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/session/enrolment": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask for a new second factor
         * @description For whoever is signed in.
         */
        post: operations["enrol"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/session/code": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Give the code of the second factor
         * @description For whoever is signed in.
         */
        post: operations["proveSecondFactor"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who is signed in to the admin pages
         * @description For roles with the right `sessions`.
         */
        get: operations["listSessions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * End a session
         * @description For roles with the right `sessions`.
         */
        delete: operations["endSession"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/today": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Traffic, blocks and what needs attention
         * @description For roles with the right `overview`.
         */
        get: operations["today"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/blocks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Blocks, the newest first
         * @description For roles with the right `records`.
         */
        get: operations["listBlocks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/blocks.csv": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Blocks as CSV, at most 100,000
         * @description For roles with the right `records`.
         */
        get: operations["exportBlocks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/blocks/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One block, and how it came about
         * @description For roles with the right `records`.
         */
        get: operations["getBlock"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/reviews": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Requests to look at a block again
         * @description For roles with the right `reviews`.
         */
        get: operations["listReviews"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/reviews/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One request
         * @description For roles with the right `reviews`.
         */
        get: operations["getReview"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/reviews/{id}/answer": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Answer a request, once
         * @description For roles with the right `reviews`. Needs `If-Match` with the ETag of what it changes.
         */
        post: operations["answerReview"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/policy": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The policy in force, in words, beside the AUP
         * @description For roles with the right `policy`.
         */
        get: operations["getPolicy"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/policy/versions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What was published, the last first
         * @description For roles with the right `policy`.
         */
        get: operations["listVersions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/policy/versions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The documents of a version
         * @description For roles with the right `policy`.
         */
        get: operations["getVersion"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/emergency": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What is put over the policy for a while
         * @description For whoever is signed in.
         */
        get: operations["getEmergency"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/emergency/floor-only": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Drop to the locked rules
         * @description For roles with the right `floorOnly`.
         */
        post: operations["floorOnly"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/emergency/closed-hosts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Close a site everywhere, at once
         * @description For roles with the right `close`.
         */
        post: operations["closeHost"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/emergency/{id}/approval": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Approve what somebody else closed
         * @description For roles with the right `close`. Needs `If-Match` with the ETag of what it changes.
         */
        post: operations["approveClosed"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/emergency/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * End it before its time
         * @description For roles with the right `close`. Needs `If-Match` with the ETag of what it changes.
         */
        delete: operations["endEmergency"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/grants": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What is opened for somebody for a while
         * @description For roles with the right `grants`.
         */
        get: operations["listGrants"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/grants/overrides": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Open a place for a person or a group
         * @description For roles with the right `grants`.
         */
        post: operations["makeOverride"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/grants/research": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Lift the floor for a colleague’s research
         * @description For roles with the right `grants`.
         */
        post: operations["authoriseResearch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/grants/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * End one before its time
         * @description For roles with the right `grants`.
         */
        delete: operations["endGrant"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/why": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * What would be decided, and why
         * @description For roles with the right `why`.
         */
        post: operations["why"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/people": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who a login is: groups, schools, audiences
         * @description For roles with the right `people`.
         */
        get: operations["findPerson"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What the doctor finds
         * @description For roles with the right `health`.
         */
        get: operations["health"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How Hallpass is set up, without secrets
         * @description For roles with the right `settings`.
         */
        get: operations["settings"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Credentials: {
            login: string;
            password: string;
        };
        SecondFactorCode: {
            code: string;
        };
        ReviewAnswer: {
            /** @enum {string} */
            outcome: "opened" | "kept";
            note: string;
        };
        FloorOnlyAsked: {
            minutes: number;
            reason: string;
        };
        CloseAsked: {
            host: string;
            reason: string;
        };
        OverrideAsked: {
            person?: string;
            group?: string;
            place: string;
            minutes: number;
            reason: string;
        };
        ResearchAsked: {
            person: string;
            minutes: number;
            reason: string;
        };
        WhyQuestion: {
            url: string;
            person?: string;
            /** Format: date-time */
            at?: string;
            from?: string;
        };
        /** @description Problem details (RFC 9457) */
        Problem: {
            type: string;
            status: number;
            title: string;
            detail?: string;
            code?: string;
            reasons?: string[];
        };
        Session: {
            /** @enum {string} */
            stage: "complete" | "second-factor" | "enrol";
            login: string;
            name: string;
            roles: ("cto" | "approver" | "principal" | "counsellor" | "teacher" | "helpDesk" | "auditor" | "staffRecords")[];
            rights: ("overview" | "records" | "reviews" | "policy" | "why" | "people" | "health" | "settings" | "close" | "floorOnly" | "grants" | "sessions")[];
            schools: "all" | string[];
            csrf: string;
            /** Format: date-time */
            ends: string;
            idleMinutes: number;
            district: string;
            version: string;
        };
        Enrolment: {
            secret: string;
            uri: string;
        };
        OpenSession: {
            id: string;
            login: string;
            ip: string;
            agent: string;
            /** Format: date-time */
            began: string;
            /** Format: date-time */
            seen: string;
            own: boolean;
        };
        Today: {
            /** Format: date-time */
            at: string;
            /** @enum {string} */
            status: "ready" | "degraded" | "unready";
            reasons: string[];
            policy: {
                title: string;
                edition: string;
                policyVersion: string;
                /** Format: date-time */
                since: string;
                /** @enum {string} */
                mode: "enforce" | "observe";
            };
            traffic: {
                /** Format: date-time */
                at: string;
                requests: number;
                blocks: number;
            }[];
            trafficBySchool: {
                of: string;
                count: number;
            }[];
            schoolNetworks: boolean;
            now: {
                connections: number;
                tunnels: number;
                threads: number;
            };
            blocks: {
                /** Format: date-time */
                since: string;
                total: number;
                bySchool: {
                    of: string;
                    count: number;
                }[];
                byHour: {
                    of: string;
                    count: number;
                }[];
                byRule: {
                    of: string;
                    count: number;
                    title: string;
                }[];
            } | null;
            reviews: {
                waiting: number;
                oldest: string | null;
            } | null;
        };
        BlocksPage: {
            items: components["schemas"]["Block"][];
            next: string | null;
        };
        Block: {
            id: string;
            /** Format: date-time */
            at: string;
            userId: string | null;
            user: string | null;
            name: string | null;
            schools: string[];
            ip: string;
            method: string;
            url: string;
            host: string;
            rule: string;
            clause: string | null;
            clauseText: string | null;
            policyVersion: string;
            edition: string;
            action: string;
            enforced: boolean;
            /** @enum {string} */
            about: "student" | "staff";
            grants: string[];
            count: number;
        };
        BlockDetail: {
            block: components["schemas"]["Block"];
            rule: {
                title: string;
                publicTitle: string | null;
                sentence: string;
            };
            clause: {
                id: string;
                number: string;
                title: string;
                text: string;
            } | null;
            retrace: components["schemas"]["Retrace"];
        };
        Retrace: {
            /** @enum {string} */
            state: "again" | "gone";
            reason: string | null;
            agrees: boolean;
            action: string | null;
            rule: string | null;
            trace: components["schemas"]["TraceStep"][];
            basis: ("kept" | "now") | null;
            used: {
                rule: string;
                /** @enum {string} */
                condition: "search" | "headers" | "fetch" | "userAgents" | "upload" | "place";
                held: boolean | null;
                inner: string | null;
            }[];
            unknown: string[];
        };
        TraceStep: {
            rule: string;
            tier: string;
            /** @enum {string} */
            outcome: "matched" | "not matched" | "unknown" | "unobtainable" | "lifted";
            reason: string;
        };
        ReviewsPage: {
            items: components["schemas"]["Review"][];
            next: string | null;
        };
        Review: {
            id: string;
            /** Format: date-time */
            at: string;
            /** @enum {string} */
            kind: "mistake" | "needed";
            text: string;
            record: components["schemas"]["Block"];
            answer: {
                /** Format: date-time */
                at: string;
                by: string;
                /** @enum {string} */
                outcome: "opened" | "kept";
                note: string;
            } | null;
        };
        PolicyInForce: {
            title: string;
            edition: string;
            policyVersion: string;
            aupVersion: string;
            /** Format: date-time */
            since: string;
            /** @enum {string} */
            mode: "enforce" | "observe";
            timeZone: string;
            aup: {
                title: string;
                adopted: string;
                clauses: components["schemas"]["ClauseBesideRules"][];
            };
            rules: components["schemas"]["RuleInWords"][];
        };
        ClauseBesideRules: {
            id: string;
            number: string;
            title: string;
            text: string;
            child: string | null;
            rules: string[];
        };
        RuleInWords: {
            id: string;
            title: string;
            /** @enum {string} */
            tier: "crisis" | "testing" | "illegal" | "locked" | "ordered" | "default";
            /** @enum {string} */
            action: "allow" | "allow-without-inspection" | "monitor" | "block" | "warn";
            sentence: string;
            publicTitle: string;
            clause: string | null;
            noClause: string | null;
        };
        PolicyVersionsPage: {
            items: components["schemas"]["PolicyVersion"][];
            next: string | null;
        };
        PolicyVersion: {
            policyVersion: string;
            aupVersion: string;
            edition: string;
            /** Format: date-time */
            at: string;
            by: string | null;
            note: string;
            /** @enum {string} */
            cause: "policy" | "lists";
            current: boolean;
        };
        PolicyDocuments: {
            id: string;
            policy: string;
            aup: string[];
        };
        Emergency: {
            floorOnly: {
                id: string;
                /** Format: date-time */
                at: string;
                by: string | null;
                reason: string | null;
                etag: string;
                /** Format: date-time */
                until: string;
            } | null;
            closed: {
                id: string;
                /** Format: date-time */
                at: string;
                by: string | null;
                reason: string | null;
                etag: string;
                host: string;
                until: string | null;
                approvedBy: string | null;
                approved: boolean;
                own: boolean;
            }[];
            notYetIn: string[];
        };
        Grants: {
            items: components["schemas"]["Grant"][];
        };
        Grant: {
            id: string;
            /** @enum {string} */
            kind: "override" | "research";
            for: {
                /** @enum {string} */
                kind: "person" | "group";
                key: string;
                name: string;
            };
            place: string | null;
            /** Format: date-time */
            at: string;
            /** Format: date-time */
            until: string;
            by: string;
            authorisedBy: string | null;
            reason: string;
        };
        GrantMade: {
            grant: components["schemas"]["Grant"];
            notes: string[];
        };
        WhyAnswer: {
            /** @enum {string} */
            action: "allow" | "block" | "warn";
            says: string;
            rule: string;
            clause: {
                id: string;
                number: string;
                title: string;
            } | null;
            policyVersion: string;
            enforced: boolean;
            needs: string[];
            trace: components["schemas"]["TraceStep"][];
            person: {
                login: string;
                name: string;
                audience: string | null;
            } | null;
        };
        DirectoryPerson: {
            key: string;
            login: string;
            name: string;
            schools: string[];
            groups: {
                name: string;
                dn: string;
            }[];
            audiences: {
                name: string;
                title: string;
                because: string;
            }[];
            /** @enum {string} */
            voice: "young" | "student" | "staff";
        };
        HealthReport: {
            /** @enum {string} */
            status: "ready" | "degraded" | "unready";
            reasons: string[];
            version: string;
            findings: components["schemas"]["Finding"][];
            /** Format: date-time */
            at: string;
            threads: {
                name: string;
                connections: number;
                tunnels: number;
                requests: number;
                blocks: number;
            }[];
        };
        Finding: {
            about: string;
            /** @enum {string} */
            verdict: "ok" | "warn" | "bad";
            text: string;
            mend: string | null;
        };
        Settings: {
            items: components["schemas"]["Setting"][];
        };
        Setting: {
            name: string;
            value: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    describe: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        openapi: string;
                    } & {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description What is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    whoAmI: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            /** @description What is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    signIn: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Credentials"];
            };
        };
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            /** @description What is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    signOut: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    enrol: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Enrolment"];
                };
            };
            /** @description What is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    proveSecondFactor: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SecondFactorCode"];
            };
        };
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            /** @description What is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listSessions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["OpenSession"][];
                    };
                };
            };
            /** @description What is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    endSession: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    today: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Today"];
                };
            };
            /** @description What is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listBlocks: {
        parameters: {
            query?: {
                from?: string;
                to?: string;
                school?: string;
                host?: string;
                rule?: string;
                clause?: string;
                person?: string;
                action?: "allow" | "block" | "warn";
                about?: "student" | "staff";
                cursor?: string;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BlocksPage"];
                };
            };
            /** @description What is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    exportBlocks: {
        parameters: {
            query?: {
                from?: string;
                to?: string;
                school?: string;
                host?: string;
                rule?: string;
                clause?: string;
                person?: string;
                action?: "allow" | "block" | "warn";
                about?: "student" | "staff";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/csv": unknown;
                };
            };
            /** @description What is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getBlock: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BlockDetail"];
                };
            };
            /** @description What is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listReviews: {
        parameters: {
            query?: {
                state?: "open" | "answered";
                cursor?: string;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReviewsPage"];
                };
            };
            /** @description What is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getReview: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Review"];
                };
            };
            /** @description What is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    answerReview: {
        parameters: {
            query?: never;
            header: {
                "if-match": string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReviewAnswer"];
            };
        };
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Review"];
                };
            };
            /** @description What is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getPolicy: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PolicyInForce"];
                };
            };
            /** @description What is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listVersions: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PolicyVersionsPage"];
                };
            };
            /** @description What is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getVersion: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PolicyDocuments"];
                };
            };
            /** @description What is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getEmergency: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Emergency"];
                };
            };
            /** @description What is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    floorOnly: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["FloorOnlyAsked"];
            };
        };
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Emergency"];
                };
            };
            /** @description What is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    closeHost: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CloseAsked"];
            };
        };
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Emergency"];
                };
            };
            /** @description What is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    approveClosed: {
        parameters: {
            query?: never;
            header: {
                "if-match": string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Emergency"];
                };
            };
            /** @description What is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    endEmergency: {
        parameters: {
            query?: never;
            header: {
                "if-match": string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Emergency"];
                };
            };
            /** @description What is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listGrants: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Grants"];
                };
            };
            /** @description What is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    makeOverride: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OverrideAsked"];
            };
        };
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GrantMade"];
                };
            };
            /** @description What is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    authoriseResearch: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ResearchAsked"];
            };
        };
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GrantMade"];
                };
            };
            /** @description What is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    endGrant: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Grants"];
                };
            };
            /** @description What is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    why: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WhyQuestion"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WhyAnswer"];
                };
            };
            /** @description What is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    findPerson: {
        parameters: {
            query: {
                login: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DirectoryPerson"];
                };
            };
            /** @description What is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    health: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HealthReport"];
                };
            };
            /** @description What is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    settings: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Settings"];
                };
            };
            /** @description What is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
