extension EventFunctions {
    /// What adds to the queue, and what takes from it.
    static let claiming = #"""
        -- What an idempotency key stands for: its answer, where it is known.
        local function known_answer(q, request)
            local kept = redis.call('GET', q.p .. 'k:' .. request.key)
            if not kept then return nil end
            local kept_hash, kept_maker, kept_ids = string.match(kept, '^(%S*) !(%S*) (.*)$')
            -- As earlier releases have written it.
            if not kept_hash then kept_hash, kept_ids = string.match(kept, '^(%S*) (.*)$') end
            if kept_hash ~= request.body_hash then return {'mismatch'} end
            if request.maker ~= '' and kept_maker == request.maker then return {'queued'} end
            return {'replayed', kept_ids}
        end

        local function joined_ids(request)
            local ids = {}
            for i, element in ipairs(request) do ids[i] = element.id end
            return table.concat(ids, ' ')
        end

        -- Adds the events of one request, all or none; `queue.waiting` is how many wait before them.
        local function enqueue_request(q, queue, request)
            -- Asked whether it may write, which the server has decided by now: that must cost no write.
            if #request == 0 then return {'queued'} end
            if request.run ~= '' then
                if not queue.run then queue.epoch, queue.run = incarnation(q) end
                if queue.epoch ~= request.epoch or queue.run ~= request.run then return {'moved'} end
            end
            local answer = request.key ~= '' and known_answer(q, request)
            if answer then return answer end

            local fresh, bodies, seen, known = {}, {}, {}, {}
            for _, element in ipairs(request) do
                local earlier = seen[element.id]
                if earlier then
                    if earlier ~= element.hash then return {'mismatch'} end
                else
                    seen[element.id] = element.hash
                    local record = redis.call('HMGET', event_key(q, element.id), 'state', 'hash')
                    if not record[1] then
                        fresh[#fresh + 1] = element
                        bodies[#bodies + 1] = element.body
                    elseif element.hash ~= '' and record[2] ~= element.hash then
                        -- An id of ours that is known is the same request, made again because its answer was lost.
                        return {'mismatch'}
                    elseif element.hash ~= '' then
                        known[#known + 1] = element.id
                    end
                end
            end
            if #fresh > 0 and queue.waiting + #fresh > queue.most then return {'full'} end

            if not queue.is_ticked then tick(q) end
            queue.is_ticked = true
            queue.waiting = queue.waiting + #fresh
            -- What is offered again must be known for as long as it may be offered once more.
            for _, id in ipairs(known) do redis.call('PEXPIRE', event_key(q, id), int(LONG_MEMORY), 'GT') end
            for _, element in ipairs(fresh) do
                local record = event_key(q, element.id)
                if element.hash == '' then
                    redis.call('HSET', record, 'state', 'queued', 'own', '0')
                else
                    redis.call('HSET', record, 'state', 'queued', 'own', '1', 'hash', element.hash)
                end
                redis.call('PEXPIRE', record, int(QUEUED_MEMORY))
            end
            for i = 1, #bodies, 1000 do
                redis.call('RPUSH', q.list, unpack(bodies, i, math.min(i + 999, #bodies)))
            end
            if request.key ~= '' then
                -- Who added nothing has not made it.
                local maker = #fresh > 0 and request.maker or ''
                local kept = string.format('%s !%s %s', request.body_hash, maker, joined_ids(request))
                redis.call('SET', q.p .. 'k:' .. request.key, kept, 'PX', int(math.max(request.lifetime, 1)))
            end
            if #fresh > 0 then return {'queued'} end
            return {'replayed', joined_ids(request)}
        end

        -- Requests that have come at the same time share one call; each has its own answer.
        --
        -- args: maxLength, requests, each: epoch and run that are expected or '', key hash or '', body hash, lifetime,
        -- maker or '', n, n × (id, body, hash or '')
        local function enqueue(keys, args)
            local q, read = open(keys), reader(args)
            local most, n = read.number(), read.number()
            local requests = {}
            for i = 1, n do
                local request = {
                    epoch = read.text(), run = read.text(), key = read.text(), body_hash = read.text(),
                    lifetime = read.number(), maker = read.text(),
                }
                for k = 1, read.number() do
                    request[k] = {id = read.text(), body = read.text(), hash = read.text()}
                end
                requests[i] = request
            end
            local queue = {most = most, waiting = waiting_events(q)}
            local answers = {}
            for i, request in ipairs(requests) do answers[i] = enqueue_request(q, queue, request) end
            return answers
        end

        -- How many elements one claim may put behind others of their order, beyond those that it has slots for.
        local MOST_PUT_BEHIND = 1000
        -- How many elements are popped at a time, before their sizes are known.
        local MOST_POPPED = 4

        local function claim_events(q, held, free, token)
            local events, chains, size, taken = {}, {}, 0, {}
            local function has_room() return #events < free and size < MOST_BYTES end
            local function take(body, crashes, order)
                size = size + #body
                local t = order and token() .. ORDERED or token()
                taken[#taken + 1] = t
                taken[#taken + 1] = 'e' .. int(crashes) .. ':' .. body
                events[#events + 1] = {t, body, crashes}
                return t
            end
            -- Takes an event, unless something of its order is before it that this claim has not taken; then puts it behind.
            local function take_next(text, crashes, body)
                local order = order_of(body)
                if not order then
                    take(body, crashes)
                    return
                end
                local chain = chains[order]
                if not chain and not chain_of(q, order) then
                    chain = {}
                    chains[order] = chain
                end
                -- A suspect is worked alone, so that nothing goes with it.
                if chain and not chain.is_closed and (crashes < SUSPICIOUS or #chain == 0) then
                    chain[#chain + 1] = take(body, crashes, order)
                    chain.is_closed = crashes >= SUSPICIOUS
                else
                    redis.call('RPUSH', waiting_key(q, order), text or (int(crashes) .. ':' .. body))
                    size = size + #body
                    count(q, 'behind', 1)
                    if chain then chain.is_closed = true end
                end
            end
            -- Takes from what waits of an order whose turn it is.
            local function take_turn(order)
                local chain = {is_closed = true}
                chains[order] = chain
                local key = waiting_key(q, order)
                while #chain == 0 or has_room() do
                    local text = redis.call('LINDEX', key, 0)
                    if not text then
                        chain.is_closed = false
                        break
                    end
                    local crashes, body = waiting_event(text)
                    if #chain > 0 and crashes >= SUSPICIOUS then break end
                    redis.call('LPOP', key)
                    if #chain > 0 then count(q, 'behind', -1) end
                    chain[#chain + 1] = take(body, crashes, order)
                    if crashes >= SUSPICIOUS then break end
                end
            end
            local function take_back(key)
                local text = redis.call('LPOP', key)
                if not text then return false end
                local crashes, body = waiting_event(text)
                if crashes then take_next(text, crashes, body) else take_turn(body) end
                return true
            end
            if free <= 0 then return events end
            -- One at a time, since each is worked alone; the others hold up nobody.
            take_back(q.suspects)
            -- What was given back is older than what is in the list.
            while has_room() and take_back(q.again) do end
            local seen = 0
            while has_room() and seen < free + MOST_PUT_BEHIND do
                local bodies = redis.call('LPOP', q.list, int(math.min(free - #events, MOST_POPPED)))
                if not bodies then break end
                for _, body in ipairs(bodies) do take_next(nil, 0, body) end
                seen = seen + #bodies
            end
            for i = 1, #taken, 1000 do
                redis.call('HSET', held, unpack(taken, i, math.min(i + 999, #taken)))
            end
            for order, chain in pairs(chains) do set_chain(q, order, chain) end
            return events
        end

        local function claim_of(q, now, held, channel, most, token, out)
            local ids = redis.call('ZRANGEBYSCORE', ready_key(q, channel), '-inf', int(now), 'LIMIT', 0, int(most))
            for i, id in ipairs(ids) do
                if out.size >= MOST_BYTES then return i - 1 end
                redis.call('ZREM', ready_key(q, channel), id)
                local d = load(q, id, channel)
                if d and d.state == 'p' then
                    local t = token()
                    d.state = 'h'
                    save(q, d)
                    redis.call('HSET', held, t, 'd' .. channel .. ':' .. id)
                    local next_id, next_body = '', ''
                    if d.order ~= '' then
                        local ids = redis.call('ZRANGE', order_key(q, channel, d.order), 0, 1)
                        if ids[1] == id and ids[2] then
                            next_id = ids[2]
                            next_body = redis.call('HGET', event_key(q, next_id), 'body') or ''
                        end
                    end
                    local body = redis.call('HGET', event_key(q, id), 'body') or ''
                    out.size = out.size + #body + #next_body
                    out[#out + 1] = {
                        t, id, channel, body, d.attempts, d.crashes, d.routed, d.deadline, d.order, next_id, next_body,
                    }
                end
            end
            return #ids
        end

        -- When the next delivery of a channel that is not skipped falls due; -1 where there is none.
        local function upcoming_due(q, slots, bounded)
            local upcoming = redis.call('ZRANGE', q.due, 0, bounded + 256, 'WITHSCORES')
            for i = 1, #upcoming, 2 do
                if (slots[upcoming[i]] or 1) > 0 then return tonumber(upcoming[i + 1]) end
            end
            return -1
        end

        -- The gates of channels that the worker could send an event to at once.
        local function gates_of(q, now, slots)
            local channels, keys, gates = {}, {}, {}
            for channel, most in pairs(slots) do
                if most > 0 then
                    channels[#channels + 1] = channel
                    keys[#keys + 1] = q.p .. 'c:' .. channel
                end
            end
            for i = 1, #keys, 1000 do
                local last = math.min(i + 999, #keys)
                for k, gate in ipairs(redis.call('MGET', unpack(keys, i, last))) do
                    local gate_end = tonumber(gate or 0)
                    if gate_end > now then gates[#gates + 1] = {channels[i + k - 1], gate_end} end
                end
            end
            return gates
        end

        -- Gives back what a claim took whose answer has not reached the worker: it holds nothing newer than it knows of.
        local function give_back_unknown(q, boot, known)
            for _, token in ipairs(redis.call('HKEYS', held_key(q, boot))) do
                if token > known then return give_back(q, boot, false, known) end
            end
        end

        -- args: boot, lease, whether the newest token that the worker knows is told, it, free events, free deliveries,
        -- n, n × channel to skip, m, m × (channel, slots)
        local function claim(keys, args)
            local q, read = open(keys), reader(args)
            local boot, lease, tells_known, known = read.text(), read.number(), read.number(), read.text()
            local free_events, free = read.number(), read.number()
            local slots, bounded = {}, 0
            local skips = read.number()
            for _ = 1, skips do slots[read.text()] = 0 end
            local caps = read.number()
            for _ = 1, caps do
                local channel, most = read.text(), read.number()
                slots[channel] = math.min(slots[channel] or most, most)
            end
            bounded = skips + caps
            local waiting, behind = waiting_events(q)

            local now = tick(q, lease)
            if tells_known == 1 and give_back_unknown(q, boot, known) then waiting, behind = waiting_events(q) end
            local held = held_key(q, boot)
            redis.call('ZADD', q.workers, int(now + lease), boot)

            local ready = {}
            for _, channel in ipairs(redis.call('ZRANGEBYSCORE', q.due, '-inf', int(now), 'LIMIT', 0, 256 + bounded)) do
                if (slots[channel] or 1) > 0 then ready[#ready + 1] = channel end
            end
            if (free_events <= 0 or waiting == behind) and (free <= 0 or #ready == 0) then
                -- An idle worker costs a look, and no writes beside its lease.
                return {now, upcoming_due(q, slots, bounded), waiting, {}, {}, {}}
            end
            redis.call('SADD', q.boots, boot)

            -- With the time in it, a token stays unique even where the server has lost its last second.
            local first = numbers(q, 'tokens', math.max(free_events, 0) + math.max(free, 0))
            local function token()
                first = first + 1
                return string.format('%014.0f-%012.0f', now, first - 1)
            end
            local events = claim_events(q, held, free_events, token)
            local gates = #events > 0 and gates_of(q, now, slots) or {}

            -- In rounds, in each as many of every ready channel, so that no channel's backlog starves another.
            local deliveries = {size = 0}
            local touched = {}
            while free > #deliveries and #ready > 0 and deliveries.size < MOST_BYTES do
                local share = math.max(1, math.floor((free - #deliveries) / #ready))
                local remaining = {}
                for _, channel in ipairs(ready) do
                    local before = #deliveries
                    local most = math.min(share, free - before, slots[channel] or share)
                    if most <= 0 then break end
                    local seen = claim_of(q, now, held, channel, most, token, deliveries)
                    touched[channel] = true
                    if slots[channel] then slots[channel] = slots[channel] - (#deliveries - before) end
                    if seen == most and (slots[channel] or 1) > 0 then remaining[#remaining + 1] = channel end
                end
                ready = remaining
            end
            for channel in pairs(touched) do touch(q, channel) end

            return {now, upcoming_due(q, slots, bounded), waiting - #events, events, deliveries, gates}
        end

        redis.register_function('@enqueue@', enqueue)
        -- A server that is full must still drain.
        local draining = {'allow-oom'}
        redis.register_function{function_name = '@claim@', callback = claim, flags = draining}

        """#
}
